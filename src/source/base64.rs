//! Base64: user data and secrets stand in files in this form.

/// The bytes that base64 stands for; `None` if it is none (<https://www.rfc-editor.org/rfc/rfc4648#section-4>).
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut buffer, mut bits) = (0u32, 0u32);
    let mut letters = text.bytes().filter(|byte| !byte.is_ascii_whitespace());
    for letter in letters.by_ref().take_while(|byte| *byte != b'=') {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        buffer = (buffer << 6) | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((buffer >> bits) & 0xff).ok()?);
        }
        buffer &= (1 << bits) - 1;
    }
    // Only padding may follow, and only bits that say nothing may be left.
    let is_clean = letters.all(|byte| byte == b'=') && bits < 6 && buffer == 0;
    is_clean.then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_by_the_test_vectors_of_its_standard() {
        for (text, expected) in [
            ("", Some("")),
            ("Zg==", Some("f")),
            ("Zm8=", Some("fo")),
            ("Zm9v", Some("foo")),
            ("Zm9vYg==", Some("foob")),
            ("Zm9vYmE=", Some("fooba")),
            ("Zm9v\nYmFy", Some("foobar")),
            ("Zm9vYg", Some("foob")),
            ("Z", None),
            ("Zh==", None),
            ("Zg==Zg==", None),
            ("Zm-_", None),
        ] {
            let decoded = decode(text);
            assert_eq!(decoded.as_deref(), expected.map(str::as_bytes), "{text}");
        }
    }
}
