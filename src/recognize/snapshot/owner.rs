//! Whose output a file holds, where the output does not say: its path tells.
//!
//! `list-attached-role-policies` prints the policies and not the role, so whoever keeps its output names the file after both:
//! `list-attached-role-policies-app-exec.json`, `app-exec.attached-policies.json`, or `list-attached-role-policies.json` in a
//! folder called `app-exec`. A path that is not wholly explained by a call and a name tells nothing.

use super::parts::Principal;

/// A call, as files are named after it, and the kind of principal it is about.
type Call = (&'static str, Principal);

/// Names of the files that hold attached managed policies; longer names first.
pub(super) const ATTACHED: &[Call] = &[
    ("list-attached-role-policies", Principal::Role),
    ("list-attached-user-policies", Principal::User),
    ("list-attached-group-policies", Principal::Group),
    ("attached-role-policies", Principal::Role),
    ("attached-user-policies", Principal::User),
    ("attached-group-policies", Principal::Group),
    ("list-attached-policies", Principal::Role),
    ("attached-policies", Principal::Role),
];

/// Names of the files that hold the names of inline policies.
pub(super) const INLINE: &[Call] = &[
    ("list-role-policies", Principal::Role),
    ("list-user-policies", Principal::User),
    ("list-group-policies", Principal::Group),
    ("inline-role-policies", Principal::Role),
    ("role-policies", Principal::Role),
    ("user-policies", Principal::User),
    ("group-policies", Principal::Group),
    ("inline-policies", Principal::Role),
];

/// Names of the files that hold a version of a managed policy. The principal says nothing here.
pub(super) const VERSION: &[Call] = &[
    ("get-policy-version", Principal::Role),
    ("policy-version", Principal::Role),
];

/// Names of the files that hold whom a managed policy is attached to.
pub(super) const ENTITIES: &[Call] = &[
    ("list-entities-for-policy", Principal::Role),
    ("entities-for-policy", Principal::Role),
];

/// The name that the path gives beside one of these calls, and the kind of principal of the call.
pub(super) fn of<'p>(path: &'p str, calls: &[Call]) -> Option<(Principal, &'p str)> {
    let (folders, file) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = ENDINGS
        .iter()
        .find_map(|ending| file.strip_suffix(ending))
        .unwrap_or(file);
    // The first call that the file is named after is the one: the others are shorter words for the same.
    calls
        .iter()
        .find_map(|(call, kind)| {
            let name = if is_call(stem, call) {
                folders.rsplit('/').next().unwrap_or("")
            } else {
                beside(stem, call)?
            };
            Some((*kind, name))
        })
        .filter(|(_, name)| !name.is_empty())
}

const ENDINGS: [&str; 4] = [".json", ".yaml", ".yml", ".txt"];

/// What stands before or after the call.
fn beside<'p>(stem: &'p str, call: &str) -> Option<&'p str> {
    let is_separator = |c: char| matches!(c, '-' | '_' | '.' | ' ' | '=' | '+' | '@');
    let starts = stem
        .get(..call.len())
        .is_some_and(|head| is_call(head, call));
    if starts {
        let rest = stem.get(call.len()..)?;
        return rest
            .strip_prefix(is_separator)
            .filter(|name| !name.is_empty());
    }
    let cut = stem.len().checked_sub(call.len())?;
    let ends = stem.get(cut..).is_some_and(|tail| is_call(tail, call));
    if ends {
        return stem.get(..cut)?.strip_suffix(is_separator);
    }
    None
}

/// Whether a text is the call, in the spelling of the CLI or of programs (`list_role_policies`).
fn is_call(text: &str, call: &str) -> bool {
    text.len() == call.len()
        && text
            .bytes()
            .zip(call.bytes())
            .all(|(one, other)| one.eq_ignore_ascii_case(&other) || (one == b'_' && other == b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_tells_the_owner_or_nothing() {
        for (path, expected) in [
            (
                "list-attached-role-policies-app-exec.json",
                Some("app-exec"),
            ),
            ("snap/app-exec.attached-policies.json", Some("app-exec")),
            (
                "snap/app-exec/list-attached-role-policies.json",
                Some("app-exec"),
            ),
            (
                "snap/list_attached_role_policies_app_exec.yaml",
                Some("app_exec"),
            ),
            ("list-attached-role-policies.json", None),
            ("snap/app-exec-policies.json", None),
            ("snap/list-attached-role-policies-.json", None),
            ("snap/mylist-attached-role-policiesx.json", None),
            ("é.json", None),
            ("", None),
        ] {
            let found = of(path, ATTACHED).map(|(_, name)| name);
            assert_eq!(found, expected, "{path}");
        }
        let user = of("x/list-user-policies-ci.json", INLINE);
        assert_eq!(user, Some((Principal::User, "ci")));
    }
}
