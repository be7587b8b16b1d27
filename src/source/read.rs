//! Reads one file, with limits: nothing hangs, nothing fills the memory, and what cannot be read is said.
//!
//! A walk meets pictures, archives and logs with the names of ours; they are left out without a word. A word is said
//! where the user named the file, or where its beginning shows that it would be ours.

use super::discover::FileToRead;
use std::fs::File;
use std::io::{self, Read};

/// Files larger than this, in bytes, are not read.
pub const LARGEST: u64 = 8 * 1024 * 1024;

/// How much of a file decides whether it is text, and whether a file that cannot be read whole would be ours.
const HEAD: u64 = 64 * 1024;
const BINARY_HEAD: usize = 8 * 1024;

/// What came of reading a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The whole text.
    Text(String),
    /// Nothing of ours; not worth a word.
    NotOurs,
    /// It could not be read.
    Failed(Failure),
}

/// Why a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Whether it is too large, rather than unreadable.
    pub is_too_large: bool,
    /// What is wrong: lower case, one line, no full stop.
    pub message: String,
    /// What to do about it, in the same form.
    pub hint: Option<String>,
    /// The text before the fault, if there is any: the fault stands at its end.
    pub text_before: String,
}

impl Failure {
    fn unreadable(message: impl Into<String>) -> Self {
        Failure {
            is_too_large: false,
            message: message.into(),
            hint: None,
            text_before: String::new(),
        }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Reads a file. `may_be_ours` is asked about text of which only a part can be read.
pub fn read(file: &FileToRead, may_be_ours: &dyn Fn(&[u8]) -> bool) -> Outcome {
    let metadata = match std::fs::metadata(&file.path) {
        Ok(metadata) => metadata,
        Err(error) => return Outcome::Failed(failed(&error)),
    };
    if !metadata.is_file() {
        // To open a pipe or a terminal would wait for ever.
        return if file.is_named {
            Outcome::Failed(
                Failure::unreadable(format!("is {}, not a file", kind_of(&metadata)))
                    .hint("pipe it to `ecrlint -`"),
            )
        } else {
            Outcome::NotOurs
        };
    }
    match File::open(&file.path) {
        Ok(opened) => read_from(
            opened,
            metadata.len(),
            file.is_named,
            &file.shown,
            may_be_ours,
        ),
        Err(error) => Outcome::Failed(failed(&error)),
    }
}

/// Reads a stream (standard input) as if it were a file that the user named.
pub fn read_stream(stream: impl Read, shown: &str, may_be_ours: &dyn Fn(&[u8]) -> bool) -> Outcome {
    read_from(stream, 0, true, shown, may_be_ours)
}

fn read_from(
    stream: impl Read,
    length: u64,
    is_named: bool,
    shown: &str,
    may_be_ours: &dyn Fn(&[u8]) -> bool,
) -> Outcome {
    // A file may grow while it is read, and some say they are empty and are not: what is read decides.
    let is_too_large = length > LARGEST;
    let limit = if is_too_large { HEAD } else { LARGEST + 1 };
    let mut bytes = Vec::with_capacity(usize::try_from(length.min(limit)).unwrap_or(0));
    if let Err(error) = stream.take(limit).read_to_end(&mut bytes) {
        return Outcome::Failed(failed(&error));
    }
    let is_too_large = is_too_large || bytes.len() as u64 > LARGEST;
    let head = bytes
        .get(..usize::try_from(HEAD).unwrap_or(0))
        .unwrap_or(&bytes);
    if is_too_large {
        return if is_named || may_be_ours(head) {
            Outcome::Failed(Failure {
                is_too_large: true,
                message: format!(
                    "file is larger than {} MiB and is not read",
                    LARGEST / 1024 / 1024
                ),
                hint: Some(
                    "split it, or leave it out with `exclude` in the configuration".to_string(),
                ),
                text_before: String::new(),
            })
        } else {
            Outcome::NotOurs
        };
    }
    let is_worth_a_word =
        |head: &[u8]| is_named || (is_named_like_ours(shown) && may_be_ours(head));
    if let Some((name, text)) = wide_text(head) {
        return if is_worth_a_word(text.as_bytes()) {
            Outcome::Failed(
                Failure::unreadable(format!("is {name} text, not UTF-8")).hint("save it as UTF-8"),
            )
        } else {
            Outcome::NotOurs
        };
    }
    if bytes.iter().take(BINARY_HEAD).any(|byte| *byte == 0) {
        return if is_worth_a_word(head) {
            Outcome::Failed(Failure::unreadable("is not text: it holds NUL characters"))
        } else {
            Outcome::NotOurs
        };
    }
    match String::from_utf8(bytes) {
        Ok(text) => Outcome::Text(text),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let bytes = error.as_bytes();
            let byte = bytes.get(at).copied().unwrap_or(0);
            let head = bytes
                .get(..usize::try_from(HEAD).unwrap_or(0))
                .unwrap_or(bytes);
            if !is_worth_a_word(head) {
                return Outcome::NotOurs;
            }
            let message = format!("is not UTF-8 text: byte 0x{byte:02x} at offset {at}");
            let mut failure = Failure::unreadable(message).hint("save it as UTF-8");
            failure.text_before =
                String::from_utf8_lossy(bytes.get(..at).unwrap_or_default()).into_owned();
            Outcome::Failed(failure)
        }
    }
}

/// Whether the name says that this is text of ours.
fn is_named_like_ours(shown: &str) -> bool {
    let lower = shown.to_ascii_lowercase();
    [".json", ".jsonc", ".yaml", ".yml", ".tf", ".tofu"]
        .iter()
        .any(|ending| lower.ends_with(ending))
}

/// Text in two-byte units, if a byte order mark says so (or, without one, if every other byte of an ASCII text is
/// zero), with the name of its encoding.
fn wide_text(head: &[u8]) -> Option<(&'static str, String)> {
    let (name, is_little) = match head {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => return Some(("UTF-32", String::new())),
        [0xff, 0xfe, ..] => ("UTF-16", true),
        [0xfe, 0xff, ..] => ("UTF-16", false),
        [first, 0, second, 0, ..] if is_ascii_text(*first) && is_ascii_text(*second) => {
            ("UTF-16", true)
        }
        [0, first, 0, second, ..] if is_ascii_text(*first) && is_ascii_text(*second) => {
            ("UTF-16", false)
        }
        _ => return None,
    };
    let units = head.chunks_exact(2).map(|pair| match pair {
        [a, b] if is_little => u16::from_le_bytes([*a, *b]),
        [a, b] => u16::from_be_bytes([*a, *b]),
        _ => 0,
    });
    let text = char::decode_utf16(units)
        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    Some((name, text))
}

fn is_ascii_text(byte: u8) -> bool {
    byte.is_ascii_graphic() || byte.is_ascii_whitespace()
}

fn failed(error: &io::Error) -> Failure {
    let failure = Failure::unreadable(format!("file cannot be read: {}", reason(error)));
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            failure.hint("give the user who runs ecrlint the right to read it")
        }
        _ => failure,
    }
}

/// An error of the operating system in our form: lower case, one line, the same words everywhere.
pub fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it does not exist".to_string(),
        io::ErrorKind::PermissionDenied => "permission denied".to_string(),
        io::ErrorKind::IsADirectory => "it is a folder".to_string(),
        _ => {
            let text = error.to_string();
            let plain = text
                .split(" (os error")
                .next()
                .unwrap_or("")
                .trim_end_matches('.');
            let mut letters = super::redact::visible(plain).chars().collect::<Vec<_>>();
            if let Some(first) = letters.first_mut() {
                *first = first.to_ascii_lowercase();
            }
            letters.into_iter().collect()
        }
    }
}

#[cfg(unix)]
fn kind_of(metadata: &std::fs::Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    let kind = metadata.file_type();
    if kind.is_fifo() {
        "a pipe"
    } else if kind.is_socket() {
        "a socket"
    } else if kind.is_dir() {
        "a folder"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn kind_of(metadata: &std::fs::Metadata) -> &'static str {
    if metadata.is_dir() {
        "a folder"
    } else {
        "a device"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(bytes: &[u8], name: &str, is_named: bool) -> Outcome {
        let ours = |bytes: &[u8]| bytes.windows(9).any(|window| window == b"Statement");
        read_from(bytes, bytes.len() as u64, is_named, name, &ours)
    }

    fn message(outcome: Outcome) -> String {
        match outcome {
            Outcome::Failed(failure) => failure.message,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn text_is_read_whole() {
        assert_eq!(
            outcome(b"{}", "a.json", false),
            Outcome::Text("{}".to_string())
        );
        assert_eq!(outcome(b"", "a.json", true), Outcome::Text(String::new()));
    }

    #[test]
    fn what_is_no_text_is_left_out_unless_it_is_ours() {
        assert_eq!(outcome(b"a\0b", "a.json", false), Outcome::NotOurs);
        assert!(message(outcome(b"a\0b", "a.bin", true)).contains("NUL"));
        assert!(message(outcome(b"{\"Statement\0", "a.json", false)).contains("NUL"));
        assert_eq!(outcome(b"{\"Statement\0", "a.tpl", false), Outcome::NotOurs);
        assert_eq!(outcome(b"caf\xe9", "a.yml", false), Outcome::NotOurs);
        let latin = message(outcome(b"Statement:\n# caf\xe9", "a.yml", false));
        assert_eq!(latin, "is not UTF-8 text: byte 0xe9 at offset 16");
    }

    #[test]
    fn wide_text_is_recognized() {
        let utf16: Vec<u8> = "\u{feff}{\"Statement\": []}"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert!(message(outcome(&utf16, "a.json", false)).contains("UTF-16"));
        let without_mark = utf16.get(2..).expect("text");
        assert!(message(outcome(without_mark, "a.json", false)).contains("UTF-16"));
        let other: Vec<u8> = "{\"x\": []}"
            .encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect();
        assert_eq!(outcome(&other, "a.json", false), Outcome::NotOurs);
    }

    #[test]
    fn a_large_stream_is_not_read_to_its_end() {
        let endless = io::repeat(b' ');
        let ours = |_: &[u8]| false;
        match read_stream(endless, "-", &ours) {
            Outcome::Failed(failure) => assert!(failure.is_too_large),
            other => panic!("{other:?}"),
        }
    }
}
