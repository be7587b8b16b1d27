//! Reads one syntax.
use super::Parsed;
use crate::source::FileId;
/// Reads a text.
pub fn parse(_file: FileId, _text: &str) -> Parsed<'_> {
    Parsed::default()
}
