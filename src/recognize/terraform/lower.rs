//! From Terraform's resources to declared resources in the spelling of CloudFormation.

use super::instance::Instance;
use crate::model::origin::Scope;
use crate::model::template::Template;
use crate::recognize::resource::Declared;

/// The declared resources of an instance: none for a type that says nothing of interest and for data sources, several
/// where CloudFormation declares apart what stands in one block here (the routes of a route table).
pub fn lower(instance: &Instance) -> Vec<Declared<'static>> {
    let _ = instance;
    Vec::new()
}

/// The value of an attribute that the arguments of the instance do not set themselves, such as `arn`, `id`,
/// `repository_url`; `None` where it is not known how the attribute follows, and a hole of its own stands for it.
///
/// `kind` is the type, `aws_iam_role`; of a data source `data.aws_iam_role`. `id` is [`Instance::id`], the name of the hole
/// for what the cloud makes up; `text` is the reference as written. `property` gives arguments by their names in Terraform,
/// `None` where they are absent or null; it is computed when asked.
pub fn attribute_of(
    kind: &str,
    attribute: &str,
    id: &str,
    text: &str,
    scope: &Scope,
    property: &dyn Fn(&str) -> Option<Template>,
) -> Option<Template> {
    let _ = (kind, attribute, id, text, scope, property);
    None
}
