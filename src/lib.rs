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
//! | [`chart`] | the workspace and its proofs | flows as they are shown |
//! | [`render`] | diagnostics, flows | text |
//!
//! [`catalog`] holds what AWS publishes: actions, operations, Regions, error texts. [`cli`] is the only room that knows
//! arguments, the environment and the terminal.
//!
//! [`lint()`] is the whole way from texts in memory to a [`Report`](diag::Report); it touches no file system.

// Only tests may fail loudly; they are crates of their own, or exempt by `clippy.toml`.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::todo,
    clippy::unimplemented,
    clippy::unreachable,
    clippy::dbg_macro,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason
)]

pub mod catalog;
pub mod chart;
pub mod cli;
pub mod diag;
pub mod iam;
pub mod link;
pub mod lint;
pub mod model;
pub mod prove;
pub mod recognize;
pub mod render;
pub mod rules;
pub mod source;
pub mod tree;

pub use lint::{Analysis, Input, Run, Settings, Unreadable, lint};
