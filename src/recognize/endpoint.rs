//! Reads one dialect.
use super::{Recognized, Subject};
/// Whether the document is one.
pub fn recognizes(_subject: &Subject<'_, '_>) -> bool {
    false
}
/// What it declares.
pub fn extract(_subject: &Subject<'_, '_>) -> Recognized {
    Recognized::default()
}
