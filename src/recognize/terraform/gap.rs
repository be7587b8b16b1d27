//! What a file that could not be read may have declared.
//!
//! A module lives in several files: a role in one, its policies in another. If the second has a syntax error, nothing may
//! be said to be missing. So a broken file counts as one declaration of each kind that could add to others, of which
//! nothing is known.

use super::File;
use super::instance::Instance;
use super::value;
use crate::model::origin::{Origin, Scope};
use crate::recognize::resource::Declared;
use crate::source::Loc;
use crate::tree::unknown::{Unknown, Why};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Kinds that add to what others declare, with the properties that say to whom and what.
const KINDS: [(&str, &[&str]); 8] = [
    ("AWS::IAM::RolePolicy", &["RoleName", "PolicyDocument"]),
    ("AWS::IAM::UserPolicy", &["UserName", "PolicyDocument"]),
    ("aws_ecr_repository_policy", &["Repository", "Policy"]),
    ("AWS::ECR::Repository", &["RepositoryName"]),
    (
        "AWS::ECR::RepositoryCreationTemplate",
        &["Prefix", "AppliedFor"],
    ),
    (
        "AWS::EC2::VPCEndpoint",
        &[
            "VpcId",
            "ServiceName",
            "VpcEndpointType",
            "PrivateDnsEnabled",
        ],
    ),
    (
        "AWS::EC2::Route",
        &["RouteTableId", "DestinationCidrBlock", "GatewayId"],
    ),
    (
        "AWS::EC2::SecurityGroupIngress",
        &["GroupId", "IpProtocol", "CidrIp"],
    ),
];

/// Of each folder with a file that could not be read, the path of the first and the place of its first fault.
pub(super) fn broken(files: &[File]) -> BTreeMap<&str, (&str, Loc)> {
    let mut found = BTreeMap::new();
    for file in files.iter().filter(|file| !file.is_values()) {
        if let Some(problem) = file.hcl.problems.first() {
            let folder = super::module::folder_of(&file.path);
            found
                .entry(folder)
                .or_insert((file.path.as_str(), problem.loc));
        }
    }
    found
}

/// The scopes of these instances, one for each account and Region.
pub(super) fn scopes(instances: &[Instance]) -> Vec<Arc<Scope>> {
    let mut found = BTreeMap::new();
    for instance in instances {
        let scope = &instance.origin.scope;
        found
            .entry((&scope.account, &scope.region))
            .or_insert_with(|| Arc::clone(scope));
    }
    found.into_values().collect()
}

/// What may have been declared at this place in a deployment of these scopes; `label` names the file or folder.
pub(super) fn declared(label: &str, at: Loc, scopes: &[Arc<Scope>]) -> Vec<Declared<'static>> {
    let mut out = Vec::new();
    for (number, scope) in scopes.iter().enumerate() {
        for (kind, properties) in KINDS {
            let id = format!("{label}#gap {number} {kind}");
            let entries = properties
                .iter()
                .map(|name| {
                    let hole = Unknown::new(format!("{id} {name}"), "?", Why::Elsewhere);
                    value::entry(*name, at, value::unknown(at, hole))
                })
                .collect();
            out.push(Declared {
                kind: kind.to_string(),
                origin: Origin {
                    loc: at,
                    label: label.to_string(),
                    scope: Arc::clone(scope),
                    is_certain: false,
                },
                id,
                properties: value::map(entries, at),
            });
        }
    }
    out
}
