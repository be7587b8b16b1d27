//! Which files of Terraform matter at all, told from their texts before any is parsed.
//!
//! A file without a word of ours may still hold the default of a variable that one with such a word uses, or call its
//! module. So what matters is whole modules: those with such a word, and all that are joined to them by calls of local
//! modules, in either direction. Nothing else can have a part in what is found.

use super::super::prefilter;
use super::module::{folder_of, join};
use std::collections::{BTreeMap, BTreeSet};

/// The folders whose files are to be parsed, of all files of Terraform in the run, given with their texts.
pub fn folders<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> BTreeSet<String> {
    let mut joined: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut open: Vec<String> = Vec::new();
    for (path, text) in files {
        let folder = folder_of(path).to_string();
        if prefilter::may_be_ours_in_terraform(text.as_bytes()) {
            open.push(folder.clone());
        }
        for source in local_sources(text) {
            let target = join(&folder, source);
            joined
                .entry(target.clone())
                .or_default()
                .insert(folder.clone());
            joined.entry(folder.clone()).or_default().insert(target);
        }
    }
    let mut found = BTreeSet::new();
    while let Some(folder) = open.pop() {
        if let Some(next) = joined.get(&folder) {
            open.extend(next.iter().filter(|one| !found.contains(*one)).cloned());
        }
        found.insert(folder);
    }
    found
}

/// Whether a file of Terraform has to be parsed: its module is among `folders`, or it gives values to variables.
pub fn matters(path: &str, folders: &BTreeSet<String>) -> bool {
    let is_values = super::is_values(path) || super::is_unit(path);
    folders.contains(folder_of(path)) || (is_values && !folders.is_empty())
}

/// The paths of local modules that a text may call: every quoted text behind `source =` that starts with a dot.
fn local_sources(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("source").filter_map(|(at, word)| {
        let rest = text
            .get(at + word.len()..)?
            .trim_start_matches(['"', ' ', '\t']);
        let rest = rest.strip_prefix(['=', ':'])?.trim_start();
        let path = rest.strip_prefix('"')?.split('"').next()?;
        path.starts_with('.').then_some(path)
    })
}

/// Endings of files that the functions of a configuration read.
const READ: &[&str] = &[
    ".json",
    ".tpl",
    ".tftpl",
    ".tmpl",
    ".template",
    ".yaml",
    ".yml",
    ".policy",
    ".j2",
    ".txt",
];

/// Whether every file whose name ends as this path or pattern does is read, where a text mentions it.
pub fn is_read(path: &str) -> bool {
    READ.iter().any(|ending| path.ends_with(ending))
}

/// What the names of the files that a text's functions may read end with: `policy.json`, or `.json` where a name is
/// computed. Names in texts that only look like files do no harm.
pub fn mentioned(text: &str, into: &mut BTreeSet<String>) {
    for ending in READ {
        for (at, _) in text.match_indices(ending) {
            let end = at + ending.len();
            if !text.get(end..).is_some_and(|rest| rest.starts_with('"')) {
                continue;
            }
            let before = text.get(..at).unwrap_or("");
            let start = before
                .rfind(['/', '"', '}', '*', '?', '\n'])
                .map_or(0, |start| start + 1);
            into.insert(text.get(start..end).unwrap_or("").to_string());
        }
    }
}

/// Whether a file may be one of those that [`mentioned`] found.
pub fn is_mentioned(path: &str, endings: &BTreeSet<String>) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    endings.contains(name)
        || name
            .char_indices()
            .any(|(at, _)| at > 0 && name.get(at..).is_some_and(|end| endings.contains(end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_that_are_joined_to_ours_matter() {
        let files = [
            (
                "prod/main.tf",
                "module \"r\" {\n  source = \"../role\"\n}\nmodule \"l\" { source=\"../labels\" }",
            ),
            ("prod/outputs.tf", "output \"x\" {}"),
            ("role/main.tf", "resource \"aws_iam_role\" \"x\" {}"),
            ("labels/main.tf", "output \"name\" { value = \"x\" }"),
            ("other/main.tf", "resource \"google_project\" \"x\" {}"),
            ("else/main.tf", "module \"x\" { source = \"../other\" }"),
        ];
        let found = folders(files.into_iter());
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        assert_eq!(found, ["labels", "prod", "role"]);
        assert!(folders(files.into_iter().skip(3)).is_empty());
    }

    #[test]
    fn files_that_functions_read_are_told_by_their_ends() {
        let mut endings = BTreeSet::new();
        mentioned(
            "file(\"${path.module}/policies/a.json\") templatefile(\"./${each.key}.tftpl\", {}) \"x.json \"",
            &mut endings,
        );
        let found: Vec<&str> = endings.iter().map(String::as_str).collect();
        assert_eq!(found, [".tftpl", "a.json"]);
        assert!(is_mentioned("x/policies/a.json", &endings));
        assert!(is_mentioned("y/b.tftpl", &endings));
        assert!(!is_mentioned("x/b.json", &endings));
    }
}
