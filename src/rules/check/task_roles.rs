//! The two roles of a task, as the rules on them ask: which of the two a role is by its name, and what its policies hold.

use super::super::Context;
use super::denials;
use crate::iam::Alone;
use crate::link::principals::PolicySet;
use crate::model::arn::Arn;
use crate::model::role::Role;
use crate::model::task::TaskDefinition;
use crate::model::template::{Piece, Template};
use crate::source::{FileId, Loc, Spanned};

/// What ECS itself needs of a role to start a task: the pull and the log
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html>).
const START: [&str; 5] = [
    "ecr:GetAuthorizationToken",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
];

/// What else ECS does with the execution role, for the tasks that ask for it.
const ON_REQUEST: [&str; 6] = [
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchImportUpstreamImage",
    "logs:CreateLogGroup",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameters",
    "kms:Decrypt",
];

/// Services that applications call and ECS never does for a task. Amazon EFS is among them: a volume is mounted with the
/// task role
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_EFSAuthorizationConfig.html>).
const OF_APPLICATIONS: &[&str] = &[
    "aoss",
    "athena",
    "bedrock",
    "cognito-idp",
    "comprehend",
    "dax",
    "dynamodb",
    "elasticfilesystem",
    "es",
    "events",
    "execute-api",
    "firehose",
    "glue",
    "kafka-cluster",
    "kinesis",
    "lambda",
    "polly",
    "rds-data",
    "rds-db",
    "rekognition",
    "s3",
    "ses",
    "sns",
    "sqs",
    "states",
    "textract",
    "timestream",
    "transcribe",
    "translate",
];

/// What ECS reads from Amazon S3: files of variables and the configuration of FireLens
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/use-environment-file.html>).
const READS_OF_S3: [&str; 2] = ["getobject", "getbucketlocation"];

/// Which of the two roles a name speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The one that ECS starts the task with.
    Execution,
    /// The application's.
    Application,
}

impl Part {
    /// The part that a name speaks of, by whole words: `app-task-execution` is an execution role, `ecsTaskRole` a task
    /// role. `exec` may be short for ECS Exec, which is the task role's affair.
    fn of_words(words: &[String]) -> Option<Part> {
        let has = |word: &str| words.iter().any(|one| one == word);
        let is_ecs_exec = words.windows(2).any(|pair| {
            matches!(pair, [a, b] if (a == "ecs" && b == "exec")
                || (a == "exec" && matches!(b.as_str(), "command" | "session" | "ssm")))
        });
        if has("execution") {
            return Some(Part::Execution);
        }
        if has("exec") {
            return (!is_ecs_exec).then_some(Part::Execution);
        }
        (has("task") || has("job")).then_some(Part::Application)
    }
}

/// A role of a task: as it is named there, and the declaration in sight that is meant.
pub(super) struct TaskRole<'a> {
    /// As the task names it.
    pub(super) named: &'a Spanned<Template>,
    /// The declaration, if exactly one is meant (readings of one declaration count as one).
    pub(super) declared: Option<(&'a Role, &'a PolicySet)>,
}

impl<'a> TaskRole<'a> {
    /// The role that `named` means in `task`.
    pub(super) fn find(
        cx: &Context<'a>,
        task: &TaskDefinition,
        named: &'a Spanned<Template>,
    ) -> TaskRole<'a> {
        let actor = denials::role_of_task(cx, task, named);
        let declared = match actor.roles.indices.as_slice() {
            [one] => {
                let role = cx.workspace.facts.roles.get(*one);
                role.zip(cx.workspace.principals.sets.get(*one))
            }
            _ => None,
        };
        TaskRole { named, declared }
    }

    /// What people call it.
    pub(super) fn shown(&self) -> String {
        if let Some((role, _)) = self.declared {
            return denials::shown_name(&role.name.value, &role.origin.label);
        }
        let text = self.named.value.to_string();
        text.rsplit('/').next().unwrap_or(&text).to_string()
    }

    /// Which part its name or the label of its declaration speaks of; `None` where they say nothing, or not the same.
    pub(super) fn part(&self) -> Option<Part> {
        let by_name = Part::of_words(&words_of_name(&self.named.value));
        let by_label = self
            .declared
            .and_then(|(role, _)| Part::of_words(&words(last_part(&role.origin.label))));
        match (by_name, by_label) {
            (Some(one), Some(other)) => (one == other).then_some(one),
            (one, other) => one.or(other),
        }
    }

    /// Its policies, if these are all it has.
    pub(super) fn closed(&self) -> Option<&'a PolicySet> {
        let (_, set) = self.declared?;
        (set.open.is_empty() && !set.policies.is_empty()).then_some(set)
    }
}

/// Whether the policies let ECS start a task: the pull and the log.
pub(super) fn starts_tasks(set: &PolicySet) -> bool {
    let asked: Vec<Alone> = asked(set);
    START
        .iter()
        .all(|action| asked.iter().any(|policy| policy.names_in_allow(action)))
}

/// Whether the policies hold anything that ECS uses for a task.
pub(super) fn serves_ecs(set: &PolicySet) -> bool {
    let asked = asked(set);
    START
        .iter()
        .chain(&ON_REQUEST)
        .any(|action| asked.iter().any(|policy| policy.names_in_allow(action)))
}

fn asked(set: &PolicySet) -> Vec<Alone> {
    let policies = set.policies.iter();
    policies
        .map(|granted| Alone::new(&granted.policy.document))
        .collect()
}

/// A right that only applications use.
pub(super) struct ApplicationRight {
    /// Where it is written.
    pub(super) at: Loc,
    /// The action, as written.
    pub(super) action: String,
    /// The service, such as `dynamodb`.
    pub(super) service: String,
}

/// The rights of policies that stand in files and that ECS never uses. Policies of AWS's own are left aside: its
/// documentation attaches some of them to execution roles, for agents beside the application.
pub(super) fn application_rights(set: &PolicySet) -> Vec<ApplicationRight> {
    let mut rights = Vec::new();
    let statements = set
        .policies
        .iter()
        .flat_map(|granted| &granted.policy.document.statements)
        .filter(|statement| statement.allows() && statement.loc.file != FileId::NONE);
    for statement in statements {
        let actions = statement.action.iter().filter(|actions| !actions.negated);
        for action in actions.flat_map(|actions| &actions.values) {
            let Some(text) = action.value.as_literal() else {
                continue;
            };
            if let Some(service) = service_of_application(text) {
                rights.push(ApplicationRight {
                    at: action.loc,
                    action: text.to_string(),
                    service,
                });
            }
        }
    }
    rights
}

/// The service of an action that only applications call.
fn service_of_application(action: &str) -> Option<String> {
    let (service, name) = action.split_once(':')?;
    let service = service.to_ascii_lowercase();
    let name = name.to_ascii_lowercase();
    let is_read_of_s3 = service == "s3"
        && (READS_OF_S3.contains(&name.as_str())
            || READS_OF_S3.iter().any(|read| is_read_by(&name, read)));
    (OF_APPLICATIONS.contains(&service.as_str()) && !is_read_of_s3).then_some(service)
}

/// Whether a pattern that only reads reaches a read: `get*` may have been meant for it.
fn is_read_by(pattern: &str, read: &str) -> bool {
    pattern
        .strip_suffix('*')
        .is_some_and(|stem| stem.starts_with("get") && read.starts_with(stem))
}

/// Whether an Allow of the policies names any action of a service, or what it names cannot be read.
pub(super) fn may_use(set: &PolicySet, service: &str) -> bool {
    let statements = set
        .policies
        .iter()
        .flat_map(|granted| &granted.policy.document.statements);
    statements.filter(|one| !one.denies()).any(|statement| {
        statement.action.as_ref().is_none_or(|actions| {
            actions.negated
                || !actions.complete
                || actions.values.iter().any(|action| {
                    let prefix = action.value.prefix().to_ascii_lowercase();
                    match prefix.split_once(':') {
                        Some((named, _)) => named == service || named.contains(['*', '?']),
                        None => true,
                    }
                })
        })
    })
}

/// The words of a role's name, as it is referred to. Where all of it is unknown, those of the variable.
fn words_of_name(reference: &Template) -> Vec<String> {
    let name = Arn::of(reference).map_or_else(|| reference.clone(), |arn| arn.resource);
    let name = name.rsplit_once('/').map_or(name, |(_, name)| name);
    let literal: String = name
        .pieces()
        .iter()
        .map(|piece| match piece {
            Piece::Literal(text) => text.as_str(),
            Piece::Hole(_) => " ",
        })
        .collect();
    let found = words(&literal);
    if !found.is_empty() {
        return found;
    }
    let mut holes = name.holes();
    match (holes.next(), holes.next()) {
        (Some(only), None) => words(last_part(&only.name)),
        _ => Vec::new(),
    }
}

/// What stands behind the last dot of an address or a reference, without the attribute of a role and without an index.
fn last_part(address: &str) -> &str {
    let bare = address
        .trim_end_matches(".arn")
        .trim_end_matches(".Arn")
        .split('[')
        .next()
        .unwrap_or(address);
    let bare = bare.rsplit('.').next().unwrap_or(bare);
    bare.rsplit('#').next().unwrap_or(bare)
}

/// The words of a name: cut at everything that is no letter, and where small letters turn into capitals.
fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let after = letters.get(at + 1);
        let begins = letter.is_ascii_uppercase()
            && (before.is_some_and(char::is_ascii_lowercase)
                || (before.is_some_and(char::is_ascii_uppercase)
                    && after.is_some_and(char::is_ascii_lowercase)));
        if begins || !letter.is_ascii_alphabetic() {
            words.push(String::new());
        }
        if letter.is_ascii_alphabetic()
            && let Some(word) = words.last_mut()
        {
            word.push(letter.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_speak_of_one_part_by_whole_words() {
        for (name, part) in [
            ("ecsTaskExecutionRole", Some(Part::Execution)),
            ("ECSTaskRole", Some(Part::Application)),
            ("app-task-role", Some(Part::Application)),
            ("app-exec", Some(Part::Execution)),
            ("app_ecs_exec", None),
            ("exec-command-role", None),
            ("multitask", None),
            ("executor-task", Some(Part::Application)),
            ("app-role", None),
            ("nightly-job", Some(Part::Application)),
        ] {
            assert_eq!(Part::of_words(&words(name)), part, "{name}");
        }
    }

    #[test]
    fn a_reference_tells_by_its_last_part() {
        let role = |name: &Template| {
            let mut arn = Template::literal("arn:aws:iam::123456789012:role/task/");
            arn.push(name);
            Part::of_words(&words_of_name(&arn))
        };
        let mut prefixed = Template::hole("var.task", "${var.task}");
        assert_eq!(
            role(&prefixed),
            Some(Part::Application),
            "all of it unknown"
        );
        prefixed.push_literal("-exec");
        assert_eq!(role(&prefixed), Some(Part::Execution));
        assert_eq!(last_part("aws_iam_role.task[0]"), "task");
        assert_eq!(last_part("module.roles.aws_iam_role.exec.arn"), "exec");
        assert_eq!(last_part("TaskRole.Arn"), "TaskRole");
    }

    #[test]
    fn rights_of_applications() {
        for (action, expected) in [
            ("dynamodb:GetItem", Some("dynamodb")),
            ("SQS:*", Some("sqs")),
            ("s3:PutObject", Some("s3")),
            ("s3:*", Some("s3")),
            ("s3:GetObject", None),
            ("s3:Get*", None),
            ("s3:GetBucketLocation", None),
            ("s3:ListBucket", Some("s3")),
            ("logs:PutLogEvents", None),
            ("ssm:GetParametersByPath", None),
            ("*", None),
        ] {
            assert_eq!(
                service_of_application(action).as_deref(),
                expected,
                "{action}"
            );
        }
    }
}
