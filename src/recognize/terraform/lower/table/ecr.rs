//! Repositories and settings of the registry.
//!
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/ecr_repository>

use super::super::shape::{Field, Shape};
use super::{Id, Row};

const SCANNING: Field = Field::shaped(
    "image_scanning_configuration",
    "ImageScanningConfiguration",
    Shape::Block(&[]),
);
const ENCRYPTION: Field = Field::shaped(
    "encryption_configuration",
    "EncryptionConfiguration",
    Shape::Block(&[]),
);
const MUTABLE_TAGS: Field = Field::shaped(
    "image_tag_mutability_exclusion_filter",
    "ImageTagMutabilityExclusionFilters",
    Shape::Blocks(&[
        Field::to("filter", "ImageTagMutabilityExclusionFilterValue"),
        Field::to("filter_type", "ImageTagMutabilityExclusionFilterType"),
    ]),
);
const FILTERS: Field = Field::shaped("repository_filter", "RepositoryFilters", Shape::Blocks(&[]));

pub(super) const ROWS: &[Row] = &[
    Row::named("aws_ecr_repository", "AWS::ECR::Repository", "name").with(&[
        Field::to("name", "RepositoryName"),
        Field::to("image_tag_mutability", "ImageTagMutability").or_text("MUTABLE"),
        MUTABLE_TAGS,
        SCANNING,
        ENCRYPTION,
        Field::to("force_delete", "EmptyOnDelete"),
    ]),
    Row::nameless("aws_ecr_repository_policy", "aws_ecr_repository_policy")
        .id(Id::Argument("repository")),
    Row::nameless("aws_ecr_lifecycle_policy", "aws_ecr_lifecycle_policy")
        .id(Id::Argument("repository")),
    Row::nameless("aws_ecr_registry_policy", "AWS::ECR::RegistryPolicy")
        .with(&[Field::to("policy", "PolicyText")]),
    Row::nameless("aws_ecr_account_setting", "aws_ecr_account_setting"),
    Row::nameless(
        "aws_ecr_pull_through_cache_rule",
        "AWS::ECR::PullThroughCacheRule",
    )
    .id(Id::Argument("ecr_repository_prefix")),
    Row::nameless(
        "aws_ecr_repository_creation_template",
        "AWS::ECR::RepositoryCreationTemplate",
    )
    .id(Id::Argument("prefix"))
    .with(&[
        Field::to("image_tag_mutability", "ImageTagMutability").or_text("MUTABLE"),
        MUTABLE_TAGS,
        ENCRYPTION,
        Field::shaped(
            "resource_tags",
            "ResourceTags",
            Shape::Pairs("Key", "Value"),
        ),
    ]),
    Row::nameless(
        "aws_ecr_replication_configuration",
        "AWS::ECR::ReplicationConfiguration",
    )
    .with(&[Field::shaped(
        "replication_configuration",
        "ReplicationConfiguration",
        Shape::Block(&[Field::shaped(
            "rule",
            "Rules",
            Shape::Blocks(&[
                Field::shaped("destination", "Destinations", Shape::Blocks(&[])),
                FILTERS,
            ]),
        )]),
    )]),
    Row::nameless(
        "aws_ecr_registry_scanning_configuration",
        "AWS::ECR::RegistryScanningConfiguration",
    )
    .with(&[Field::shaped("rule", "Rules", Shape::Blocks(&[FILTERS]))]),
    Row::named(
        "aws_ecrpublic_repository",
        "AWS::ECR::PublicRepository",
        "repository_name",
    ),
    Row::nameless(
        "aws_ecrpublic_repository_policy",
        "aws_ecrpublic_repository_policy",
    )
    .id(Id::Argument("repository_name")),
];
