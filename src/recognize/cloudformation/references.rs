//! `Ref` and `GetAtt`: what resources of a template are called by others.
//!
//! What each type of resource answers:
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html>

use super::call::Call;
use super::evaluate::Evaluator;
use super::sam;
use crate::model::template::{Piece, Template};
use crate::recognize::placeholders;
use crate::recognize::resource::{Attribute, attribute};
use crate::source::Loc;
use crate::tree::{Node, Why};

/// How many resources may need each other's names in a row.
const LONGEST_CHAIN: usize = 16;

impl<'s> Evaluator<'_, 's> {
    /// What `Ref` of this name gives; `None` for `AWS::NoValue`.
    pub(super) fn reference(&self, name: &str, place: Loc) -> Option<Node<'s>> {
        if name == "AWS::NoValue" {
            return None;
        }
        if let Some(pseudo) = self.pseudo(name, place) {
            return Some(pseudo);
        }
        if self.anatomy.parameters.contains_key(name) {
            return Some(self.parameter(name, place));
        }
        let text = format!("${{{name}}}");
        let Some(resource) = self.anatomy.resources.get(name) else {
            // Names with such signs in them belong to a tool that fills the template in.
            let is_placeholder = name.contains([':', '.', '$', '(', ' ']) && !name.contains("::");
            let why = match is_placeholder {
                true => Why::Placeholder,
                false => Why::Undeclared,
            };
            return Some(self.unknown(place, name, text, why));
        };
        Some(match answer_to_ref(sam::twin(resource.kind)) {
            Some(attribute) => self.computed(&self.attribute(name, attribute), place),
            None => self.unknown(place, name, text, Why::DeployTime),
        })
    }

    /// What a `GetAtt` gives: of `Name.Attribute`, or of a list of both.
    pub(super) fn attribute_of(&self, call: Call<'_, 's>) -> Option<Node<'s>> {
        if let Some(text) = call.argument.text() {
            let (id, attribute) = text.trim().split_once('.')?;
            return Some(self.attribute_named(id, attribute, call.loc));
        }
        let [id, attribute] = call.argument.items() else {
            return None;
        };
        let (id, attribute) = (id.as_str()?, self.known(attribute)?);
        Some(self.attribute_named(id, &attribute, call.loc))
    }

    /// The attribute of this name.
    pub(super) fn attribute_named(&self, id: &str, name: &str, place: Loc) -> Node<'s> {
        let whole = format!("{id}.{name}");
        let text = format!("${{{whole}}}");
        let Some(resource) = self.anatomy.resources.get(id) else {
            let why = match id.contains([':', '$']) || id.chars().all(char::is_lowercase) {
                true => Why::Placeholder,
                false => Why::Undeclared,
            };
            return self.unknown(place, &whole, text, why);
        };
        if name.starts_with("Outputs.") {
            return self.unknown(place, &whole, text, Why::Elsewhere);
        }
        match answer_to_get_att(sam::twin(resource.kind), name) {
            Some(attribute) => {
                let mut found = self.attribute(id, attribute);
                // Where nothing of it is known, it is shown as it was written.
                if let [Piece::Hole(hole)] = found.pieces() {
                    found = Template::hole(hole.name.clone(), text);
                }
                self.computed(&found, place)
            }
            None => self.unknown(place, &whole, text, Why::DeployTime),
        }
    }

    /// An attribute of a resource of this template.
    fn attribute(&self, id: &str, which: Attribute) -> Template {
        let text = format!("${{{id}}}");
        let key = (id.to_string(), which);
        if let Some(known) = self.attributes.borrow().get(&key) {
            return known.clone();
        }
        let global = self.anatomy.global(id);
        let hole = || Template::hole(&global, &text);
        let Some(resource) = self.anatomy.resources.get(id) else {
            return hole();
        };
        let chain = self.open.borrow().len();
        if chain >= LONGEST_CHAIN || self.open.borrow().contains(&key) {
            return hole();
        }
        self.open.borrow_mut().push(key.clone());
        let property = |name: &str| {
            let written = resource.properties.as_ref()?.get(name)?;
            let value = self.value(written)?;
            let text = placeholders::of_node(&value, placeholders::read);
            Some(text.unwrap_or_else(|| Template::hole(format!("{global}.{name}"), "…")))
        };
        let kind = sam::twin(resource.kind);
        let found = attribute(kind, which, &global, &text, &self.scope, &property);
        self.open.borrow_mut().pop();
        let found = if is_short(&found) { found } else { hole() };
        self.attributes.borrow_mut().insert(key, found.clone());
        found
    }
}

/// Whether a text may be the name or the ARN of anything. Names that are made of each other's grow fast.
fn is_short(text: &Template) -> bool {
    const MOST_PIECES: usize = 64;
    const LONGEST: usize = 4096;
    let literal = text.pieces().iter().map(|piece| match piece {
        Piece::Literal(text) => text.len(),
        Piece::Hole(_) => 0,
    });
    text.pieces().len() <= MOST_PIECES && literal.sum::<usize>() <= LONGEST
}

/// What `Ref` of a resource of this type gives; `None` for types that nothing on the image path refers to.
fn answer_to_ref(kind: &str) -> Option<Attribute> {
    Some(match kind {
        "AWS::IAM::ManagedPolicy"
        | "AWS::IAM::OIDCProvider"
        | "AWS::ECS::TaskDefinition"
        | "AWS::ECS::Service"
        | "AWS::Batch::JobDefinition"
        | "AWS::Batch::JobQueue"
        | "AWS::Batch::ComputeEnvironment"
        | "AWS::AppRunner::Service"
        | "AWS::SNS::Topic"
        | "AWS::StepFunctions::StateMachine"
        | "AWS::SecretsManager::Secret" => Attribute::Arn,
        "AWS::IAM::Role"
        | "AWS::IAM::User"
        | "AWS::IAM::Group"
        | "AWS::IAM::InstanceProfile"
        | "AWS::ECR::Repository"
        | "AWS::ECR::PublicRepository"
        | "AWS::ECS::Cluster"
        | "AWS::ECS::CapacityProvider"
        | "AWS::Lambda::Function"
        | "AWS::CodeBuild::Project"
        | "AWS::CodePipeline::Pipeline"
        | "AWS::EKS::Cluster"
        | "AWS::S3::Bucket"
        | "AWS::SSM::Parameter"
        | "AWS::KMS::Alias"
        | "AWS::Logs::LogGroup"
        | "AWS::DynamoDB::Table" => Attribute::Name,
        "AWS::EC2::VPCEndpoint"
        | "AWS::EC2::Subnet"
        | "AWS::EC2::VPC"
        | "AWS::EC2::SecurityGroup"
        | "AWS::EC2::RouteTable"
        | "AWS::EC2::InternetGateway"
        | "AWS::EC2::EgressOnlyInternetGateway"
        | "AWS::EC2::NatGateway"
        | "AWS::EC2::TransitGateway"
        | "AWS::EC2::LaunchTemplate"
        | "AWS::EC2::Instance"
        | "AWS::KMS::Key" => Attribute::Id,
        "AWS::SQS::Queue" => Attribute::Uri,
        _ => return None,
    })
}

/// What `GetAtt` of this attribute gives.
fn answer_to_get_att(kind: &str, name: &str) -> Option<Attribute> {
    let by_kind = match (kind, name) {
        ("AWS::ECR::Repository", "RepositoryUri")
        | ("AWS::S3::Bucket", "DomainName")
        | ("AWS::SQS::Queue", "QueueUrl") => Some(Attribute::Uri),
        ("AWS::IAM::ManagedPolicy", "PolicyArn")
        | ("AWS::ECS::TaskDefinition", "TaskDefinitionArn")
        | ("AWS::ECS::Service", "ServiceArn")
        | ("AWS::Batch::JobDefinition", "JobDefinitionArn")
        | ("AWS::Batch::JobQueue", "JobQueueArn")
        | ("AWS::Batch::ComputeEnvironment", "ComputeEnvironmentArn")
        | ("AWS::AppRunner::Service", "ServiceArn")
        | ("AWS::SecretsManager::Secret", "Id")
        | ("AWS::SNS::Topic", "TopicArn") => Some(Attribute::Arn),
        ("AWS::ECS::Service" | "AWS::StepFunctions::StateMachine", "Name")
        | ("AWS::SNS::Topic", "TopicName")
        | ("AWS::SQS::Queue", "QueueName") => Some(Attribute::Name),
        ("AWS::EC2::SecurityGroup", "GroupId" | "Id")
        | ("AWS::EC2::VPCEndpoint", "Id")
        | ("AWS::EC2::Subnet", "SubnetId")
        | ("AWS::EC2::VPC", "VpcId")
        | ("AWS::EC2::RouteTable", "RouteTableId")
        | ("AWS::EC2::InternetGateway", "InternetGatewayId")
        | ("AWS::EC2::NatGateway", "NatGatewayId")
        | ("AWS::EC2::LaunchTemplate", "LaunchTemplateId")
        | ("AWS::EC2::Instance", "InstanceId")
        | ("AWS::KMS::Key", "KeyId") => Some(Attribute::Id),
        _ => None,
    };
    let is_arn = name == "Arn" && (answer_to_ref(kind).is_some() || kind == "AWS::Events::Rule");
    by_kind.or_else(|| is_arn.then_some(Attribute::Arn))
}
