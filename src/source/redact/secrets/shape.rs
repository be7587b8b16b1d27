//! What secrets, the names before them, and references to them look like.

/// How long a value behind a key must be to count.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `password`: any literal.
    Password,
    /// `token`: only what is long and has no space.
    Token,
}

pub(super) const LONG: usize = 16;

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

pub(super) fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+' | b'=')
}

pub(super) fn is_shell_end(byte: u8) -> bool {
    byte.is_ascii_whitespace()
        || matches!(
            byte,
            b'"' | b'\'' | b'`' | b';' | b'|' | b'&' | b')' | b'<' | b'>' | b',' | b'}' | b'\\'
        )
}

pub(super) fn is_access_key_id(piece: &str) -> bool {
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes
    piece.len() == 20
        && ["AKIA", "ASIA", "ABIA", "ACCA"]
            .iter()
            .any(|prefix| piece.starts_with(prefix))
        && piece
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

pub(super) fn is_github_token(word: &str) -> bool {
    let long = |prefix: &str| {
        word.strip_prefix(prefix)
            .is_some_and(|rest| rest.len() >= 20)
    };
    ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"]
        .iter()
        .any(|prefix| long(prefix))
}

pub(super) fn is_json_web_token(word: &str) -> bool {
    word.starts_with("eyJ") && word.len() >= 40 && word.split('.').count() >= 3
}

/// Whether forty characters look drawn at random, as a secret access key is.
pub(super) fn looks_random(text: &str) -> bool {
    let count = |is: fn(&u8) -> bool| text.bytes().filter(is).count();
    let mixed = count(u8::is_ascii_uppercase) >= 4
        && count(u8::is_ascii_lowercase) >= 4
        && count(u8::is_ascii_digit) >= 1;
    // A path of words has few capitals next to each other; a random text has them by the dozen.
    let changes = text
        .as_bytes()
        .windows(2)
        .filter(|two| matches!(two, [a, b] if class(*a) != class(*b)))
        .count();
    mixed && changes >= 10
}

pub(super) fn class(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    }
}

pub(super) fn normal(word: &str) -> String {
    word.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// Whether a key of this name holds a secret.
pub(super) fn key_kind(word: &str) -> Option<Kind> {
    let first = word.bytes().next()?;
    let last = word.bytes().next_back()?;
    // The ends that count all end in one of these; most words are done here.
    if !matches!(
        last.to_ascii_lowercase(),
        b'd' | b'e' | b't' | b'y' | b'n' | b'h' | b's'
    ) || first.is_ascii_digit()
    {
        return None;
    }
    let name = normal(word);
    let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    // Names that end like a secret's and hold none: GitHub's permission, the CLI command, a Kubernetes reference.
    if ends(&[
        "idtoken",
        "getloginpassword",
        "maskpassword",
        "imagepullsecret",
        "getauthorizationtoken",
    ]) {
        return None;
    }
    if ends(&[
        "password",
        "passwd",
        "passphrase",
        "secret",
        "secretkey",
        "secretaccesskey",
        "privatekey",
        "apikey",
    ]) {
        return Some(Kind::Password);
    }
    let is_token = ends(&["token", "authorization", "credentials", "accesskey"]) || name == "auth";
    is_token.then_some(Kind::Token)
}

/// Whether a value only points to the secret, or says nothing.
pub(super) fn is_reference(value: &str) -> bool {
    let value = value.trim();
    let lower = value.to_ascii_lowercase();
    let between = |open: char, close: char| value.starts_with(open) && value.ends_with(close);
    let words = [
        "true", "false", "null", "none", "yes", "no", "on", "off", "~", "inherit", "-", "{", "[",
    ];
    let starts = [
        "{{", "arn:", "file://", "secrets.", "var.", "ssm:", "resolve:", "data.", "aws_", "local.",
        "env.",
    ];
    value.is_empty()
        || words.contains(&lower.as_str())
        || starts.iter().any(|start| lower.starts_with(start))
        || value.starts_with(['[', '{'])
        || is_variable(value)
        || value.contains("${")
        || between('<', '>')
        || between('%', '%')
        || value
            .chars()
            .all(|c| matches!(c, '*' | 'x' | 'X' | '.' | '…'))
        || (value.starts_with('!') && value.contains(' '))
        || value.starts_with('*')
            && value.len() > 1
            && value
                .chars()
                .skip(1)
                .all(|c| c.is_alphanumeric() || c == '_')
}

/// `$NAME`, `$1`, `$(…)`, `$$`, `` `…` ``, alone.
pub(super) fn is_variable(value: &str) -> bool {
    if value.starts_with('`') {
        return true;
    }
    let Some(rest) = value.strip_prefix('$') else {
        return false;
    };
    rest.starts_with(['(', '{', '$', '*', '@'])
        || rest
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':')
}
