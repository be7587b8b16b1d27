//! ecrlint: proves, offline, whether every image push and pull a repository declares will be authorized by Amazon ECR.
//!
//! The house, in the order data flows through it:
//!
//! | room | from | to |
//! |---|---|---|
//! | [`source`] | paths | files with spans |
//! | [`tree`] | text | spanned trees |
//! | [`recognize`] | trees | [`model`] facts |
//! | [`link`] | facts | a linked workspace |
//! | [`iam`] | policies | what AWS would answer |
//! | [`rules`] | the workspace | [`diag`] diagnostics |
//! | [`render`] | diagnostics | text |
//!
//! [`catalog`] holds what AWS publishes: actions, operations, Regions, error texts.

pub mod catalog;
pub mod cli;
pub mod diag;
pub mod iam;
pub mod link;
pub mod model;
pub mod recognize;
pub mod render;
pub mod rules;
pub mod source;
pub mod tree;
