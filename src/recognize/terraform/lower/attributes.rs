//! Attributes that follow from arguments: an ARN, a repository's URL, what `id` means for each type.

use super::shape::snake;
use super::table::{self, Id, Row};
use crate::catalog;
use crate::model::origin::Scope;
use crate::model::template::{Piece, Template, UNKNOWN_PATH};
use crate::recognize::resource::attribute::name_property;
use crate::recognize::resource::{Attribute, attribute};

/// The value of an attribute that the arguments of the instance do not set themselves, such as `arn`, `id`,
/// `repository_url`; `None` where it is not known how the attribute follows, and a hole of its own stands for it.
///
/// `kind` is the type, `aws_iam_role`; of a data source `data.aws_iam_role`. `id` is [`Instance::id`], the name of the hole
/// for what the cloud makes up; `text` is the reference as written. `property` gives arguments by their names in Terraform,
/// `None` where they are absent or null; it is computed when asked.
///
/// [`Instance::id`]: crate::recognize::terraform::instance::Instance::id
pub fn attribute_of(
    kind: &str,
    attribute: &str,
    id: &str,
    text: &str,
    scope: &Scope,
    property: &dyn Fn(&str) -> Option<Template>,
) -> Option<Template> {
    let given = |name: &str| property(name).filter(|value| !value.is_empty());
    let asked = Asked {
        id,
        text,
        scope,
        property: &given,
    };
    match kind.strip_prefix("data.") {
        Some(kind) => asked.of_data(kind, attribute),
        None => asked.of_resource(kind, attribute),
    }
}

/// What an attribute is asked of.
struct Asked<'a> {
    id: &'a str,
    text: &'a str,
    scope: &'a Scope,
    property: &'a dyn Fn(&str) -> Option<Template>,
}

impl Asked<'_> {
    fn of_resource(&self, kind: &str, attribute: &str) -> Option<Template> {
        let row = table::row(kind).or_else(|| table::named(kind))?;
        self.of_row(row, attribute)
    }

    fn of_row(&self, row: &'static Row, attribute: &str) -> Option<Template> {
        let is_ecr = row.terraform.starts_with("aws_ecr");
        match attribute {
            "arn" => self.resource(row, Attribute::Arn),
            "id" => self.id_of(
                row.id,
                || self.resource(row, Attribute::Arn),
                || self.resource(row, Attribute::Name),
            ),
            "repository_url" | "repository_uri" if is_ecr => self.resource(row, Attribute::Uri),
            "registry_id" if is_ecr => Some(self.scope.account.clone()),
            "owner_id" => Some(self.scope.account.clone()),
            "arn_without_revision" if row.kind == "AWS::ECS::TaskDefinition" => {
                Some(self.resource(row, Attribute::Arn)?.rsplit_once(':')?.0)
            }
            "key_id" if row.kind == "AWS::KMS::Key" => self.resource(row, Attribute::Id),
            "url" if row.kind == "AWS::SQS::Queue" => self.resource(row, Attribute::Uri),
            _ if row.name == Some(attribute) => self.resource(row, Attribute::Name),
            _ => {
                let literal = row.field(attribute)?.absent?;
                Some(literal.template())
            }
        }
    }

    fn id_of(
        &self,
        id: Id,
        arn: impl Fn() -> Option<Template>,
        name: impl Fn() -> Option<Template>,
    ) -> Option<Template> {
        match id {
            Id::Name => name(),
            Id::Arn => arn(),
            Id::MadeUp => Some(Template::hole(self.id, self.text)),
            Id::Argument(argument) => (self.property)(argument),
            Id::Nothing => None,
        }
    }

    /// What the readers of declared resources compute. The ARN of a log group is that of the group itself, where
    /// CloudFormation's is that of its streams.
    fn resource(&self, row: &'static Row, asked: Attribute) -> Option<Template> {
        let property = |name: &str| self.property_of(row, name);
        let found = attribute(row.kind, asked, self.id, self.text, self.scope, &property);
        match asked {
            Attribute::Arn if row.kind == "AWS::Logs::LogGroup" => Some(found.rsplit_once(':')?.0),
            // An ARN that can be another one than that of the resource is no answer.
            Attribute::Arn | Attribute::Uri
                if found.prefix().is_empty() && found.pieces().len() == 1 =>
            {
                None
            }
            _ => Some(found),
        }
    }

    /// A property by its name in CloudFormation.
    fn property_of(&self, row: &'static Row, name: &str) -> Option<Template> {
        if let Some(argument) = row.name
            && (row.property(argument) == name || name_property(row.kind) == Some(name))
        {
            return self.name_or_prefix(argument);
        }
        let field = row.fields.iter().find(|field| field.to == name);
        match field {
            Some(field) => (self.property)(field.from)
                .or_else(|| field.absent.map(|literal| literal.template())),
            None => (self.property)(&snake(name)),
        }
    }

    fn name_or_prefix(&self, argument: &str) -> Option<Template> {
        (self.property)(argument).or_else(|| {
            let mut name = (self.property)(&format!("{argument}_prefix"))?;
            name.push_hole(self.id, self.text);
            Some(name)
        })
    }

    /// An ARN that starts with this, behind the partition; `{account}` and `{region}` are filled in.
    fn arn(&self, pattern: &str) -> Template {
        let mut arn = Template::literal("arn:");
        arn.push(&self.scope.known_partition());
        for (at, part) in pattern.split(['{', '}']).enumerate() {
            match part {
                "account" if at % 2 == 1 => arn.push(&self.scope.account),
                "region" if at % 2 == 1 => arn.push(&self.scope.region),
                _ => arn.push_literal(part),
            }
        }
        arn
    }

    fn of_data(&self, kind: &str, attribute: &str) -> Option<Template> {
        let given = |name: &str| (self.property)(name);
        match (kind, attribute) {
            ("aws_caller_identity", "account_id" | "id") => Some(self.scope.account.clone()),
            ("aws_region", "name" | "id" | "region") => {
                let given = given("region").or_else(|| given("name"));
                Some(given.unwrap_or_else(|| self.scope.region.clone()))
            }
            ("aws_partition", "partition" | "id") => Some(self.scope.known_partition()),
            ("aws_partition", "dns_suffix") => Some(Template::literal(self.scope.url_suffix())),
            ("aws_iam_policy", "arn" | "id" | "name" | "path" | "policy") => {
                self.managed_policy(attribute)
            }
            ("aws_iam_role", "arn") => self.looked_up(":iam::{account}:role/", "name"),
            ("aws_iam_role", "id") => given("name"),
            ("aws_iam_user", "arn") => self.looked_up(":iam::{account}:user/", "user_name"),
            ("aws_iam_group", "arn") => self.looked_up(":iam::{account}:group/", "group_name"),
            ("aws_iam_instance_profile", "arn") => {
                self.looked_up(":iam::{account}:instance-profile/", "name")
            }
            ("aws_iam_openid_connect_provider", "arn" | "id") => self.oidc_provider(),
            ("aws_ecr_repository", "arn" | "id" | "repository_url" | "registry_id") => {
                self.in_registry(|asked| asked.of_resource(kind, attribute))
            }
            ("aws_ecr_image", "image_uri") => self.in_registry(|asked| asked.image_uri()),
            ("aws_vpc_endpoint_service", "service_name") => self.endpoint_service(),
            ("aws_ecs_task_definition", "family") => Some(
                family(&given("task_definition")?)
                    .unwrap_or_else(|| Template::hole(format!("{}.family", self.id), self.text)),
            ),
            ("aws_ecs_task_definition", "arn" | "id") => self.task_definition(),
            ("aws_ecs_cluster", "arn" | "id") => {
                let mut arn = self.arn(":ecs:{region}:{account}:cluster/");
                arn.push(&given("cluster_name")?);
                Some(arn)
            }
            // What the argument of a look-up does not give is of no use here: it need not be the same resource.
            ("aws_s3_bucket" | "aws_cloudwatch_log_group" | "aws_ssm_parameter", "arn" | "id")
            | ("aws_lambda_function" | "aws_dynamodb_table" | "aws_sqs_queue", "arn" | "id")
            | ("aws_secretsmanager_secret" | "aws_sns_topic" | "aws_eks_cluster", "arn" | "id") => {
                let row = table::row(kind).or_else(|| table::named(kind))?;
                given(row.name?)?;
                self.of_resource(kind, attribute)
            }
            _ => None,
        }
    }

    /// What `aws_iam_policy` finds. AWS's own policies and the account's stand in one list in which a name may not stand
    /// twice for Terraform to take it, so the name of one of AWS's is that one.
    fn managed_policy(&self, attribute: &str) -> Option<Template> {
        let of_aws = || {
            let name = (self.property)("name")?;
            let path = catalog::managed_policy_path(name.as_literal()?)?;
            let mut arn = self.arn(":iam::aws:policy/");
            arn.push_literal(path);
            arn.push(&name);
            Some(arn)
        };
        let own = || self.looked_up(":iam::{account}:policy/", "name");
        let given = (self.property)("arn").or_else(of_aws);
        if given.is_none() && attribute == "name" {
            return (self.property)("name");
        }
        let arn = given.or_else(own)?;
        match attribute {
            "arn" | "id" => Some(arn),
            "name" => Some(arn.rsplit_once('/')?.1),
            "policy" => match catalog::managed_policy(arn.as_literal()?) {
                catalog::Managed::Known(text) => Some(Template::literal(text.as_ref())),
                catalog::Managed::NamedOnly | catalog::Managed::Unknown => None,
            },
            _ => None,
        }
    }

    /// The ARN of a principal that is found by its name: its path is not known. Two that are found by one name in one account
    /// are the same.
    fn looked_up(&self, pattern: &str, argument: &str) -> Option<Template> {
        let name = (self.property)(argument)?;
        let mut arn = self.arn(pattern);
        let account = names(&self.scope.account);
        let path = format!("{account}|{pattern}{}{UNKNOWN_PATH}", names(&name));
        arn.push_hole(path, "");
        arn.push(&name);
        Some(arn)
    }

    fn oidc_provider(&self) -> Option<Template> {
        if let Some(arn) = (self.property)("arn") {
            return Some(arn);
        }
        let url = (self.property)("url")?;
        let host = match url.split_once_str("://") {
            Some((scheme, host)) if scheme.as_literal() == Some("https") => host,
            Some(_) => return None,
            None if url.prefix().is_empty() => return None,
            None => url,
        };
        let mut arn = self.arn(":iam::{account}:oidc-provider/");
        arn.push(&host);
        Some(arn)
    }

    /// Asks in the account that `registry_id` names.
    fn in_registry<T>(&self, ask: impl FnOnce(&Asked<'_>) -> T) -> T {
        match (self.property)("registry_id") {
            None => ask(self),
            Some(account) => ask(&Asked {
                scope: &Scope {
                    account,
                    ..self.scope.clone()
                },
                ..*self
            }),
        }
    }

    /// The image by its digest.
    fn image_uri(&self) -> Option<Template> {
        (self.property)("repository_name")?;
        let repository = |name: &str| match name {
            "name" => (self.property)("repository_name"),
            _ => None,
        };
        let asked = Asked {
            property: &repository,
            ..*self
        };
        let mut uri = asked.resource(table::row("aws_ecr_repository")?, Attribute::Uri)?;
        uri.push_literal("@");
        match (self.property)("image_digest") {
            Some(digest) => uri.push(&digest),
            None => uri.push_hole(format!("{}.digest", self.id), "<digest>"),
        }
        Some(uri)
    }

    fn endpoint_service(&self) -> Option<Template> {
        let service = (self.property)("service")?;
        let mut name = Template::literal("com.amazonaws.");
        name.push(&self.scope.region);
        name.push_literal(".");
        name.push(&service);
        Some(name)
    }

    /// The ARN of the task definition that a family, a family with revision, or an ARN names.
    fn task_definition(&self) -> Option<Template> {
        let given = (self.property)("task_definition")?;
        if given.prefix().starts_with("arn:") {
            return Some(given);
        }
        let family = family(&given)?;
        let mut arn = self.arn(":ecs:{region}:{account}:task-definition/");
        arn.push(&family);
        arn.push_literal(":");
        match given.split_once(':') {
            Some((_, revision)) => arn.push(&revision),
            None => arn.push_hole(self.id, self.text),
        }
        Some(arn)
    }
}

/// The family of `family`, `family:revision` or an ARN; `None` where it cannot be told.
fn family(given: &Template) -> Option<Template> {
    let name = match given.split_once_str("task-definition/") {
        Some((_, name)) => name,
        None if given.prefix().is_empty() => return None,
        None => given.clone(),
    };
    Some(name.split_once(':').map_or(name, |(family, _)| family))
}

/// A template as a part of a hole's name: what is not known by its own name.
fn names(template: &Template) -> String {
    template
        .pieces()
        .iter()
        .map(|piece| match piece {
            Piece::Literal(text) => text.clone(),
            Piece::Hole(hole) => format!("{{{}}}", hole.name),
        })
        .collect()
}
