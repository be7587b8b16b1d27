//! Roles, users, groups, policies and what attaches them.
//!
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_role>

use super::super::shape::{Field, Shape};
use super::{Id, Row};

const INLINE: &[Field] = &[NAME, DOCUMENT];

const NAME: Field = Field::to("name", "PolicyName");
const DOCUMENT: Field = Field::to("policy", "PolicyDocument");
const ON_ROLE: &[Field] = &[NAME, DOCUMENT, Field::to("role", "RoleName")];
const ON_USER: &[Field] = &[NAME, DOCUMENT, Field::to("user", "UserName")];
const ON_GROUP: &[Field] = &[NAME, DOCUMENT, Field::to("group", "GroupName")];

pub(super) const ROWS: &[Row] = &[
    Row::named("aws_iam_role", "AWS::IAM::Role", "name").with(&[
        Field::to("name", "RoleName"),
        Field::to("assume_role_policy", "AssumeRolePolicyDocument"),
        Field::shaped("inline_policy", "Policies", Shape::Blocks(INLINE)),
        Field::to("path", "Path").or_text("/"),
    ]),
    Row::named("aws_iam_user", "AWS::IAM::User", "name").with(&[
        Field::to("name", "UserName"),
        Field::to("path", "Path").or_text("/"),
    ]),
    Row::named("aws_iam_group", "AWS::IAM::Group", "name").with(&[
        Field::to("name", "GroupName"),
        Field::to("path", "Path").or_text("/"),
    ]),
    Row::named("aws_iam_policy", "AWS::IAM::ManagedPolicy", "name")
        .id(Id::Arn)
        .with(&[
            Field::to("name", "ManagedPolicyName"),
            Field::to("policy", "PolicyDocument"),
            Field::to("path", "Path").or_text("/"),
        ]),
    Row::nameless("aws_iam_role_policy", "AWS::IAM::RolePolicy").with(ON_ROLE),
    Row::nameless("aws_iam_user_policy", "AWS::IAM::UserPolicy").with(ON_USER),
    Row::nameless("aws_iam_group_policy", "AWS::IAM::GroupPolicy").with(ON_GROUP),
    Row::nameless(
        "aws_iam_role_policy_attachment",
        "aws_iam_role_policy_attachment",
    ),
    Row::nameless(
        "aws_iam_user_policy_attachment",
        "aws_iam_user_policy_attachment",
    ),
    Row::nameless(
        "aws_iam_group_policy_attachment",
        "aws_iam_group_policy_attachment",
    ),
    Row::nameless("aws_iam_policy_attachment", "aws_iam_policy_attachment"),
    Row::nameless(
        "aws_iam_user_group_membership",
        "aws_iam_user_group_membership",
    ),
    Row::nameless("aws_iam_group_membership", "AWS::IAM::UserToGroupAddition").with(&[
        Field::to("group", "GroupName"),
        Field::to("users", "Users"),
        Field::dropped("name"),
    ]),
    Row::nameless(
        "aws_iam_role_policies_exclusive",
        "aws_iam_role_policies_exclusive",
    ),
    Row::nameless(
        "aws_iam_role_policy_attachments_exclusive",
        "aws_iam_role_policy_attachments_exclusive",
    ),
    Row::nameless(
        "aws_iam_user_policies_exclusive",
        "aws_iam_user_policies_exclusive",
    ),
    Row::nameless(
        "aws_iam_user_policy_attachments_exclusive",
        "aws_iam_user_policy_attachments_exclusive",
    ),
    Row::nameless(
        "aws_iam_group_policies_exclusive",
        "aws_iam_group_policies_exclusive",
    ),
    Row::nameless(
        "aws_iam_group_policy_attachments_exclusive",
        "aws_iam_group_policy_attachments_exclusive",
    ),
    Row::named(
        "aws_iam_instance_profile",
        "AWS::IAM::InstanceProfile",
        "name",
    )
    .with(&[
        Field::to("name", "InstanceProfileName"),
        Field::shaped("role", "Roles", Shape::Wrapped),
        Field::to("path", "Path").or_text("/"),
    ]),
    Row::nameless("aws_iam_openid_connect_provider", "AWS::IAM::OIDCProvider").id(Id::Arn),
    // Kubernetes has no twin in CloudFormation; its metadata is spelled like the rest.
    Row::nameless("kubernetes_service_account", "kubernetes_service_account").with(SERVICE_ACCOUNT),
    Row::nameless(
        "kubernetes_service_account_v1",
        "kubernetes_service_account",
    )
    .with(SERVICE_ACCOUNT),
];

const SERVICE_ACCOUNT: &[Field] = &[
    Field::shaped("metadata", "Metadata", Shape::Block(&[])),
    Field::shaped("image_pull_secret", "ImagePullSecrets", Shape::Blocks(&[])),
];
