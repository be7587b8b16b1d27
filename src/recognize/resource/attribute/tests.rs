//! What the attributes of each kind look like.

use super::*;
use crate::catalog;
use std::collections::BTreeSet;

fn scope(account: &str, region: &str) -> Scope {
    Scope {
        account: Template::literal(account),
        region: Template::literal(region),
        ..Scope::unknown("t")
    }
}

/// An attribute of a resource with these properties; a value `$X` is a hole `X`.
fn shown(kind: &str, asked: Attribute, scope: &Scope, properties: &[(&str, &str)]) -> String {
    let property = |name: &str| {
        let (_, value) = properties.iter().find(|(known, _)| *known == name)?;
        Some(crate::recognize::placeholders::read(value))
    };
    attribute(kind, asked, "f#R", "<R>", scope, &property).to_string()
}

#[test]
fn every_kind_has_one_shape_that_parses_as_an_arn() {
    let mut seen = BTreeSet::new();
    for shape in SHAPES {
        assert!(seen.insert(shape.kind), "{} stands twice", shape.kind);
        let arn = attribute(
            shape.kind,
            Attribute::Arn,
            "f#R",
            "<R>",
            &scope("123456789012", "eu-west-1"),
            &|_| None,
        );
        let cut = crate::model::arn::Arn::of(&arn);
        let cut = cut.unwrap_or_else(|| panic!("{arn}"));
        assert_eq!(cut.partition.as_literal(), Some("aws"), "{arn}");
        assert!(!cut.resource.is_known(), "the name is made up: {arn}");
    }
}

#[test]
fn shapes_are_those_of_the_catalog() {
    let table = [
        ("AWS::IAM::Role", "iam", "role"),
        ("AWS::ECR::Repository", "ecr", "repository"),
        ("AWS::ECR::PublicRepository", "ecr-public", "repository"),
        ("AWS::ECS::TaskDefinition", "ecs", "task-definition"),
        ("AWS::ECS::Cluster", "ecs", "cluster"),
        ("AWS::ECS::Service", "ecs", "service"),
        ("AWS::ECS::CapacityProvider", "ecs", "capacity-provider"),
        ("AWS::KMS::Key", "kms", "key"),
        ("AWS::S3::Bucket", "s3", "bucket"),
        ("AWS::SecretsManager::Secret", "secretsmanager", "Secret"),
        ("AWS::SSM::Parameter", "ssm", "parameter"),
        ("AWS::Logs::LogGroup", "logs", "log-group"),
    ];
    // The literal text between the variables, in order.
    let skeleton = |pattern: &str| -> String {
        let mut out = String::new();
        let pattern = pattern
            .replace("${Path}", "/")
            .replace("${Slash}", "/")
            .replace("-${Random}", "");
        for (at, part) in pattern.split("${").enumerate() {
            let literal = if at == 0 {
                part
            } else {
                part.split_once('}').map_or("", |(_, tail)| tail)
            };
            out.push_str(literal);
            out.push('|');
        }
        out
    };
    for (kind, service, name) in table {
        let shape = SHAPES.iter().find(|shape| shape.kind == kind);
        let shape = shape.unwrap_or_else(|| panic!("{kind}"));
        let known = catalog::resource_type(service, name).unwrap_or_else(|| panic!("{kind}"));
        let ours = skeleton(shape.arn.trim_end_matches(":*"));
        assert_eq!(ours, skeleton(known.arn), "{kind}");
    }
}

#[test]
fn names_paths_and_uris() {
    let here = scope("123456789012", "eu-west-1");
    let table = [
        (
            "AWS::IAM::Role",
            Attribute::Arn,
            vec![("RoleName", "exec"), ("Path", "/ci/")],
            "arn:aws:iam::123456789012:role/ci/exec",
        ),
        (
            "AWS::IAM::Role",
            Attribute::Arn,
            vec![("RoleName", "${Env}-exec")],
            "arn:aws:iam::123456789012:role/${Env}-exec",
        ),
        ("AWS::IAM::Role", Attribute::Name, vec![], "<R>"),
        (
            "AWS::IAM::Role",
            Attribute::Arn,
            vec![("NamePrefix", "exec-")],
            "arn:aws:iam::123456789012:role/exec-<R>",
        ),
        (
            "AWS::IAM::OIDCProvider",
            Attribute::Arn,
            vec![("Url", "https://token.actions.githubusercontent.com")],
            "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
        ),
        (
            "AWS::IAM::OIDCProvider",
            Attribute::Arn,
            vec![("Url", "gitlab.com")],
            "arn:aws:iam::123456789012:oidc-provider/gitlab.com",
        ),
        (
            "AWS::ECR::Repository",
            Attribute::Uri,
            vec![("RepositoryName", "team/app")],
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app",
        ),
        (
            "AWS::ECR::PublicRepository",
            Attribute::Arn,
            vec![("RepositoryName", "app")],
            "arn:aws:ecr-public::123456789012:repository/app",
        ),
        (
            "AWS::ECR::PublicRepository",
            Attribute::Uri,
            vec![("RepositoryName", "app")],
            "public.ecr.aws/<alias>/app",
        ),
        (
            "AWS::ECS::TaskDefinition",
            Attribute::Arn,
            vec![("Family", "web")],
            "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:<revision>",
        ),
        (
            "AWS::ECS::Service",
            Attribute::Arn,
            vec![
                ("ServiceName", "web"),
                (
                    "Cluster",
                    "arn:aws:ecs:eu-west-1:123456789012:cluster/${Env}",
                ),
            ],
            "arn:aws:ecs:eu-west-1:123456789012:service/${Env}/web",
        ),
        (
            "AWS::ECS::Service",
            Attribute::Arn,
            vec![("ServiceName", "web")],
            "arn:aws:ecs:eu-west-1:123456789012:service/default/web",
        ),
        (
            "AWS::SSM::Parameter",
            Attribute::Arn,
            vec![("Name", "/app/key")],
            "arn:aws:ssm:eu-west-1:123456789012:parameter/app/key",
        ),
        (
            "AWS::SSM::Parameter",
            Attribute::Arn,
            vec![("Name", "key")],
            "arn:aws:ssm:eu-west-1:123456789012:parameter/key",
        ),
        (
            "AWS::EC2::SecurityGroup",
            Attribute::Id,
            vec![("GroupName", "web")],
            "<R>",
        ),
        (
            "AWS::SecretsManager::Secret",
            Attribute::Arn,
            vec![("Name", "db")],
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-<random>",
        ),
        ("Custom::Thing", Attribute::Name, vec![("Name", "x")], "<R>"),
    ];
    for (kind, asked, properties, expected) in table {
        assert_eq!(
            shown(kind, asked, &here, &properties),
            expected,
            "{kind} {asked:?}"
        );
    }
}

#[test]
fn a_name_that_may_start_with_a_slash_leaves_the_slash_open() {
    let here = scope("123456789012", "eu-west-1");
    let property = |_: &str| Some(Template::hole("Name", "${Name}"));
    let arn = attribute(
        "AWS::SSM::Parameter",
        Attribute::Arn,
        "f#R",
        "<R>",
        &here,
        &property,
    );
    let holes: Vec<&str> = arn.holes().map(|hole| hole.name.as_str()).collect();
    assert_eq!(holes, ["f#R#slash", "Name"]);
}

#[test]
fn the_region_tells_the_partition_and_the_suffix() {
    for (region, arn, uri) in [
        (
            "cn-north-1",
            "arn:aws-cn:ecr:cn-north-1:123456789012:repository/a",
            "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/a",
        ),
        (
            "us-gov-west-1",
            "arn:aws-us-gov:ecr:us-gov-west-1:123456789012:repository/a",
            "123456789012.dkr.ecr.us-gov-west-1.amazonaws.com/a",
        ),
        (
            "nowhere",
            "arn:aws:ecr:nowhere:123456789012:repository/a",
            "123456789012.dkr.ecr.nowhere.amazonaws.com/a",
        ),
    ] {
        let here = scope("123456789012", region);
        let named = [("RepositoryName", "a")];
        let kind = "AWS::ECR::Repository";
        assert_eq!(shown(kind, Attribute::Arn, &here, &named), arn);
        assert_eq!(shown(kind, Attribute::Uri, &here, &named), uri);
    }
}

#[test]
fn different_values_of_an_unknown_kind_are_never_equal() {
    let here = Scope::unknown("t");
    let ask = |asked| attribute("Custom::Thing", asked, "f#R", "<R>", &here, &|_| None);
    assert_ne!(ask(Attribute::Arn), ask(Attribute::Name));
    assert_ne!(ask(Attribute::Uri), ask(Attribute::Name));
    let repository = |asked| {
        attribute("AWS::ECR::Repository", asked, "f#R", "<R>", &here, &|_| {
            None
        })
    };
    let arn = repository(Attribute::Arn);
    assert_eq!(
        arn.holes().last().map(|hole| hole.name.as_str()),
        repository(Attribute::Name)
            .holes()
            .last()
            .map(|hole| hole.name.as_str()),
        "the ARN is made of the name"
    );
}
