//! Text made fit to be shown: no control characters, no secrets.
//!
//! Whatever a scanned file contains ends up on terminals, in logs and on pull requests. Everything that is printed
//! passes through here, and keeps its length in bytes, so that spans of the file stay true in the text that is shown.
//!
//! Secrets are found by what they look like and by what stands before them ([`secrets`]); the search prefers hiding too
//! much. What was found in a file is then also hidden in messages about it ([`Censor`]).

mod secrets;

pub use secrets::secrets;

use std::borrow::Cow;
use std::collections::BTreeSet;

/// `text` on one line, without anything that a terminal, a log or a reader's eye could be misled by: control
/// characters, bidirectional overrides and characters without width are replaced. Length in bytes stays the same.
pub fn visible(text: &str) -> String {
    text.chars()
        .map(Shown::of)
        .fold(String::with_capacity(text.len()), |mut out, shown| {
            shown.push_to(&mut out);
            out
        })
}

/// Like [`visible`], for a piece of a file: line feeds and tabs stay, and a lone carriage return, which ends a line
/// as well, becomes a line feed. Length in bytes stays the same.
pub fn visible_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\n' | '\t' => out.push(character),
            '\r' if characters.peek() == Some(&'\n') => out.push(' '),
            '\r' => out.push('\n'),
            _ => Shown::of(character).push_to(&mut out),
        }
    }
    out
}

/// How one character is shown.
enum Shown {
    AsIs(char),
    /// Replaced by text of so many bytes.
    Replaced(usize),
}

impl Shown {
    fn of(character: char) -> Self {
        if misleads(character) {
            Shown::Replaced(character.len_utf8())
        } else {
            Shown::AsIs(character)
        }
    }

    fn push_to(&self, out: &mut String) {
        match self {
            Shown::AsIs(character) => out.push(*character),
            Shown::Replaced(1) => out.push(' '),
            Shown::Replaced(2) => out.push('\u{bf}'),
            Shown::Replaced(3) => out.push('\u{fffd}'),
            Shown::Replaced(_) => out.push_str("\u{bf}\u{bf}"),
        }
    }
}

/// Whether a character does something else than be seen.
fn misleads(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// `text` with every secret in it replaced by asterisks; of an access key id the first four characters stay. Length in
/// bytes and line ends stay the same.
pub fn redact(text: &str) -> Cow<'_, str> {
    let found = secrets(text);
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for range in found {
        out.push_str(text.get(done..range.start).unwrap_or(""));
        mask(text.get(range.clone()).unwrap_or(""), &mut out);
        done = range.end;
    }
    out.push_str(text.get(done..).unwrap_or(""));
    Cow::Owned(out)
}

fn mask(secret: &str, out: &mut String) {
    for character in secret.chars() {
        if matches!(character, '\n' | '\r') {
            out.push(character);
        } else {
            out.extend(std::iter::repeat_n('*', character.len_utf8()));
        }
    }
}

/// Makes messages fit to be shown, knowing the secrets of the files they are about.
///
/// A message may quote a value without the key that betrayed it, or only a part of it; what a file's own text showed to
/// be a secret is hidden there too.
#[derive(Clone, Debug, Default)]
pub struct Censor {
    /// Pieces of secrets, none longer than [`PIECE`].
    pieces: BTreeSet<Vec<u8>>,
    learnt: usize,
}

/// Shorter secrets are not looked for in messages: they would be found in ordinary words.
const SHORTEST: usize = 6;
/// A piece of a secret of this many bytes is hidden as well.
const PIECE: usize = 12;
/// So many bytes of secrets are remembered; a file with more is made to exhaust us.
const MOST: usize = 256 * 1024;

impl Censor {
    /// One that knows no file.
    pub fn new() -> Self {
        Censor::default()
    }

    /// Remembers the secrets in `text`.
    pub fn learn(&mut self, text: &str) {
        for range in secrets(text) {
            let secret = text.get(range).unwrap_or("").trim().as_bytes();
            self.learnt += secret.len();
            if self.learnt > MOST {
                return;
            }
            if secret.len() >= SHORTEST {
                let pieces = secret.windows(secret.len().min(PIECE)).map(<[u8]>::to_vec);
                self.pieces.extend(pieces);
            }
        }
    }

    /// `text` on one line, fit to be shown. Length in bytes stays the same.
    pub fn line(&self, text: &str) -> String {
        self.hide_known(redact(&visible(text)).into_owned())
    }

    fn hide_known(&self, text: String) -> String {
        if self.pieces.is_empty() {
            return text;
        }
        let mut hidden = vec![false; text.len()];
        for size in SHORTEST..=PIECE {
            for (start, window) in text.as_bytes().windows(size).enumerate() {
                if self.pieces.contains(window) {
                    hidden
                        .iter_mut()
                        .skip(start)
                        .take(size)
                        .for_each(|one| *one = true);
                }
            }
        }
        let mut out = String::with_capacity(text.len());
        for (at, character) in text.char_indices() {
            if hidden
                .iter()
                .skip(at)
                .take(character.len_utf8())
                .any(|one| *one)
            {
                out.extend(std::iter::repeat_n('*', character.len_utf8()));
            } else {
                out.push(character);
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_that_misleads_is_shown() {
        assert_eq!(visible("a\u{1b}[31mb\u{202e}c\nd"), "a [31mb\u{fffd}c d");
        assert_eq!(visible("\u{9b}x\u{e0041}"), "\u{bf}x\u{bf}\u{bf}");
        assert_eq!(visible_lines("a\tb\r\nc\rd\u{7}"), "a\tb \nc\nd ");
    }

    #[test]
    fn an_access_key_id_keeps_four_characters() {
        let shown = redact("key AKIAIOSFODNN7EXAMPLE.").into_owned();
        assert_eq!(shown, "key AKIA****************.");
    }

    #[test]
    fn base64_of_a_secret_is_hidden_as_a_whole() {
        // `#!/bin/sh`, and on the next line `export AWS_SECRET_ACCESS_KEY=` with AWS's example.
        let secret = "IyEvYmluL3NoCmV4cG9ydCBBV1NfU0VDUkVUX0FDQ0VTU19LRVk9d0phbHJYVXRuRkVNSS9LN01ERU5HL2JQeFJmaUNZRVhBTVBMRUtFWQo=";
        let shown = redact(&format!("UserData: {secret}\n")).into_owned();
        assert_eq!(shown, format!("UserData: {}\n", "*".repeat(secret.len())));
        // `#!/bin/sh`, `docker pull app` and more of that kind.
        let plain = "IyEvYmluL3NoCmRvY2tlciBwdWxsIGFwcApkb2NrZXIgcnVuIGFwcApkb2NrZXIgcHMKZG9ja2VyIGltYWdlcwo=";
        assert_eq!(redact(plain), plain);
    }

    #[test]
    fn a_censor_hides_pieces_of_what_it_learnt() {
        let mut censor = Censor::new();
        censor.learn("DB_PASSWORD=correct-horse-battery-staple\nPIN_SECRET=1234");
        assert_eq!(
            censor.line("the value correct-horse-battery-staple is bad"),
            "the value **************************** is bad"
        );
        assert_eq!(
            censor.line("starts correct-hor… and ends"),
            "starts correct-hor… and ends"
        );
        assert_eq!(
            censor.line("starts correct-horse-… and ends"),
            "starts **************… and ends"
        );
        assert_eq!(censor.line("port 1234"), "port 1234");
    }

    proptest! {
        #[test]
        fn lengths_stay_the_same(text in "(?s).{0,200}") {
            prop_assert_eq!(visible(&text).len(), text.len());
            prop_assert_eq!(visible_lines(&text).len(), text.len());
            prop_assert_eq!(redact(&text).len(), text.len());
            prop_assert!(!visible(&text).chars().any(misleads));
            prop_assert!(!visible_lines(&text).chars().any(|c| misleads(c) && c != '\n' && c != '\t'));
        }

        #[test]
        fn text_full_of_triggers_is_safe(text in "(password|secret|token|docker login -p|name|value|AKIA|-----BEGIN PRIVATE KEY-----|://|[:=\"'\\\\ \n,|{}$é@-]|[A-Za-z0-9/+]{1,45}){0,40}") {
            prop_assert_eq!(redact(&text).len(), text.len());
        }
    }
}
