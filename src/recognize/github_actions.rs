//! Reads one dialect.
use super::{Recognized, Subject};
/// Whether the document is a workflow.
pub fn is_workflow(_subject: &Subject<'_, '_>) -> bool {
    false
}
/// What it declares.
pub fn extract_workflow(_subject: &Subject<'_, '_>) -> Recognized {
    Recognized::default()
}
/// Whether the document is a composite action.
pub fn is_action(_subject: &Subject<'_, '_>) -> bool {
    false
}
/// What it declares.
pub fn extract_action(_subject: &Subject<'_, '_>) -> Recognized {
    Recognized::default()
}
