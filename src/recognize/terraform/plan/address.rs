//! Addresses of modules and resources: `module.api["a.b"].aws_iam_role.exec[0]`.
//!
//! <https://developer.hashicorp.com/terraform/cli/state/resource-addressing>

/// The address without the keys of instances: `module.api.aws_iam_role.exec`.
pub(super) fn base(address: &str) -> String {
    let mut base = String::with_capacity(address.len());
    for part in segments(address) {
        if !base.is_empty() {
            base.push('.');
        }
        base.push_str(name(part));
    }
    base
}

/// The part without its key.
pub(super) fn name(segment: &str) -> &str {
    segment.split('[').next().unwrap_or(segment)
}

/// The parts between dots that stand outside of keys.
pub(super) fn segments(address: &str) -> Vec<&str> {
    let mut segments = Vec::new();
    let (mut start, mut in_key, mut in_quotes, mut is_escaped) = (0, false, false, false);
    for (at, c) in address.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if in_quotes => is_escaped = true,
            '"' if in_key => in_quotes = !in_quotes,
            _ if in_quotes => {}
            '[' => in_key = true,
            ']' => in_key = false,
            '.' if !in_key => {
                segments.push(address.get(start..at).unwrap_or(""));
                start = at + 1;
            }
            _ => {}
        }
    }
    segments.push(address.get(start..).unwrap_or(""));
    segments
}

/// Something in a module: `module.api` and `aws_iam_role.exec`.
pub(super) fn within(module: &str, rest: &str) -> String {
    if module.is_empty() {
        rest.to_string()
    } else {
        format!("{module}.{rest}")
    }
}

/// The module that calls this one, and the name of the call; `None` for the root.
pub(super) fn caller(module: &str) -> Option<(String, &str)> {
    let parts = segments(module);
    let (last, before) = parts.split_last()?;
    let (_, before) = before.split_last()?;
    Some((before.join("."), name(last)))
}

/// Whether the address is one of the root module.
pub(super) fn is_in_root(address: &str) -> bool {
    !address.starts_with("module.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_may_hold_anything() {
        let address = r#"module.a["x.y[\"]"].module.b[0].data.aws_x.y["]."]"#;
        assert_eq!(base(address), "module.a.module.b.data.aws_x.y");
        assert_eq!(segments(address).len(), 7);
        assert_eq!(base("aws_x.y"), "aws_x.y");
        assert_eq!(base(r#"aws_x.y["unclosed"#), "aws_x.y");
        assert_eq!(base(""), "");
    }

    #[test]
    fn callers() {
        let (caller_of, call) = caller(r#"module.a["x.y"].module.b[0]"#).expect("a caller");
        assert_eq!((caller_of.as_str(), call), (r#"module.a["x.y"]"#, "b"));
        assert_eq!(caller("module.a"), Some((String::new(), "a")));
        assert_eq!(caller(""), None);
    }
}
