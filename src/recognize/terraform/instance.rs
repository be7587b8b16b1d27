//! One resource or data source of an evaluated module: what the evaluator hands to lowering.

use crate::model::origin::Origin;
use crate::tree::Node;

/// Which of the two kinds of blocks declared it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// `resource`: Terraform makes it.
    Resource,
    /// `data`: it exists already, and Terraform looks it up.
    Data,
}

/// The kind of an instance that is a call of a module out of sight: its body is what is passed.
pub const MODULE: &str = "module";

/// One instance of a `resource` or `data` block, in one instance of its module, with everything computed that can be.
#[derive(Clone, Debug)]
pub struct Instance {
    /// `resource` or `data`.
    pub mode: Mode,
    /// The type: `aws_iam_role`.
    pub kind: String,
    /// The whole address: `module.api.aws_iam_role.exec["a"]`, `data.aws_iam_role.ci`.
    pub address: String,
    /// The block's place, the address as label, and the scope: the provider's account and Region. `is_certain` is `false`
    /// where an unknown `count` or `for_each`, here or at a module around it, decides whether it exists.
    pub origin: Origin,
    /// Unique in the run: `<root folder>|<address>`. What the cloud makes up for it is a hole of this name.
    pub id: String,
    /// Its arguments by their names in Terraform; nested blocks are lists of maps, one item for each block of that name
    /// (`dynamic` blocks are expanded; an item or the whole list is unknown where the iteration is). JSON that the
    /// configuration encodes (`jsonencode`, `aws_iam_policy_document`) stays a tree. Meta-arguments (`count`, `for_each`,
    /// `provider`, `depends_on`, `lifecycle`) are left out.
    pub body: Node<'static>,
}
