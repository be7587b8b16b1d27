//! Tests of discovery.

use super::*;
use std::fs;
use tempfile::TempDir;

struct Tree {
    folder: TempDir,
}

impl Tree {
    fn new(files: &[(&str, &str)]) -> Self {
        let tree = Tree {
            folder: TempDir::new().expect("a folder"),
        };
        for (path, text) in files {
            let path = tree.path(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            fs::write(path, text).expect("a file");
        }
        tree
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn search(&self) -> Search {
        Search {
            working_directory: self.folder.path().to_path_buf(),
            heeds_gitignore: true,
            exclude: Vec::new(),
        }
    }

    fn find(&self, arguments: &[&str]) -> Result<Vec<String>, DiscoverError> {
        let arguments: Vec<PathBuf> = arguments.iter().map(PathBuf::from).collect();
        discover(&arguments, &self.search())
            .map(|found| found.files.into_iter().map(|file| file.shown).collect())
    }
}

fn found(tree: &Tree, arguments: &[&str]) -> Vec<String> {
    tree.find(arguments).expect("something")
}

#[test]
fn a_walk_is_sorted_and_takes_what_can_be_ours() {
    let tree = Tree::new(&[
        ("b.json", ""),
        ("a/z.yml", ""),
        ("a.txt", ""),
        (".github/workflows/x.yaml", ""),
        ("node_modules/m/p.json", ""),
        (".git/config.json", ""),
        ("target/CACHEDIR.TAG", ""),
        ("target/x.json", ""),
        ("k8s/target/x.json", ""),
        ("task.json.tftpl", ""),
        ("stack.TEMPLATE", ""),
        (".json", ""),
        ("bin/push", "#!/bin/sh"),
        ("bin/tool", "\u{7f}ELF"),
        ("bin/x", ""),
    ]);
    let expected = [
        ".github/workflows/x.yaml",
        "a/z.yml",
        "b.json",
        "bin/push",
        "k8s/target/x.json",
        "stack.TEMPLATE",
        "task.json.tftpl",
    ];
    assert_eq!(found(&tree, &[]), expected);
    assert_eq!(found(&tree, &["."]), expected);
    assert_eq!(found(&tree, &["a", "./a/z.yml", "a/../a"]), ["a/z.yml"]);
    assert_eq!(
        found(&tree, &["node_modules", "a.txt"]),
        ["a.txt", "node_modules/m/p.json"]
    );
}

#[test]
fn ignore_files_count_from_the_repository_down() {
    let tree = Tree::new(&[
        (".git/info/exclude", "secret.json\n"),
        (".gitignore", "/build\n*.gen.json\n"),
        ("build/a.json", ""),
        ("sub/build/a.json", ""),
        ("sub/x.gen.json", ""),
        ("sub/.gitignore", "!keep.gen.json\nlocal/\n"),
        ("sub/keep.gen.json", ""),
        ("sub/local/a.json", ""),
        ("after/keep.gen.json", ""),
        ("after/local/a.json", ""),
        ("secret.json", ""),
    ]);
    assert_eq!(
        found(&tree, &[]),
        [
            "after/local/a.json",
            "sub/build/a.json",
            "sub/keep.gen.json"
        ]
    );
    // From below, the files above still count; a named file and a named folder are taken all the same.
    assert_eq!(
        found(&tree, &["sub"]),
        ["sub/build/a.json", "sub/keep.gen.json"]
    );
    assert_eq!(
        found(&tree, &["build", "sub/x.gen.json"]),
        ["build/a.json", "sub/x.gen.json"]
    );
    let search = Search {
        heeds_gitignore: false,
        ..tree.search()
    };
    assert_eq!(discover(&[], &search).expect("files").files.len(), 8);
}

#[test]
fn patterns_match_below_their_fixed_part() {
    let tree = Tree::new(&[
        ("iam/a.json", ""),
        ("iam/deep/b.json", ""),
        ("iam/deep/notes.txt", ""),
        (".github/workflows/w.yml", ""),
        ("node_modules/c.json", ""),
    ]);
    assert_eq!(found(&tree, &["iam/*.json"]), ["iam/a.json"]);
    assert_eq!(
        found(&tree, &["**/*.{json,yml}"]),
        [".github/workflows/w.yml", "iam/a.json", "iam/deep/b.json"]
    );
    assert_eq!(found(&tree, &["iam/**/*.txt"]), ["iam/deep/notes.txt"]);
    assert_eq!(found(&tree, &["iam/d*"]), ["iam/deep/b.json"]);
    assert_eq!(
        tree.find(&["iam/*.yaml"]),
        Err(DiscoverError::NoMatch("iam/*.yaml".to_string()))
    );
    assert_eq!(
        tree.find(&["gone/*.yaml"]),
        Err(DiscoverError::NoMatch("gone/*.yaml".to_string()))
    );
    assert!(matches!(
        tree.find(&["iam/[.json"]),
        Err(DiscoverError::BadPattern { .. })
    ));
}

#[test]
fn what_is_not_there_is_an_error() {
    let tree = Tree::new(&[("a.json", "")]);
    assert_eq!(
        tree.find(&["a.json", "gone.json"]),
        Err(DiscoverError::Missing("gone.json".to_string()))
    );
}

#[test]
fn lists_are_split_and_taken_literally() {
    let names = |bytes: &[u8]| {
        split_list(bytes)
            .into_iter()
            .map(|path| path.display().to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(b"a b.json\r\n\nc.json"), ["a b.json", "c.json"]);
    assert_eq!(names(b"a\nb.json\0c.json\0"), ["a\nb.json", "c.json"]);
    let tree = Tree::new(&[("a[1].txt", ""), ("f/b.json", "")]);
    let listed = discover_listed(
        &[PathBuf::from("a[1].txt"), PathBuf::from("f")],
        &tree.search(),
    )
    .expect("files");
    assert_eq!(
        listed
            .files
            .iter()
            .map(|file| file.shown.as_str())
            .collect::<Vec<_>>(),
        ["a[1].txt", "f/b.json"]
    );
    assert_eq!(
        listed
            .files
            .iter()
            .map(|file| file.is_named)
            .collect::<Vec<_>>(),
        [true, false]
    );
    assert!(
        discover_listed(&[], &tree.search())
            .expect("no files")
            .files
            .is_empty()
    );
}

#[test]
fn excluded_paths_are_left_out_of_walks() {
    let tree = Tree::new(&[("a.json", ""), ("fixtures/b.json", ""), ("x/c.gen.yml", "")]);
    let exclude = ["fixtures/", "*.gen.yml"]
        .iter()
        .map(|text| PathPattern::new(text).expect("a pattern"))
        .collect();
    let search = Search {
        exclude,
        ..tree.search()
    };
    let shown = |arguments: &[PathBuf]| -> Vec<String> {
        discover(arguments, &search)
            .expect("files")
            .files
            .into_iter()
            .map(|file| file.shown)
            .collect()
    };
    assert_eq!(shown(&[]), ["a.json"]);
    assert_eq!(
        shown(&[PathBuf::from("fixtures/b.json")]),
        ["fixtures/b.json"]
    );
}

#[test]
fn paths_are_shown_relative_or_absolute() {
    let shown = |path: &str| shown_path(Path::new(path), Path::new("/home/me"));
    assert_eq!(shown("a/./b/../c.json"), "a/c.json");
    assert_eq!(shown("/home/me/a.json"), "a.json");
    assert_eq!(shown("../other/a.json"), "/home/other/a.json");
    assert_eq!(shown(""), ".");
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn links_are_followed_as_arguments_only() {
        let tree = Tree::new(&[("real/a.json", ""), ("loose.json", "")]);
        symlink(tree.path("real"), tree.path("real/loop")).expect("a loop");
        symlink(tree.path("."), tree.path("up")).expect("a loop");
        symlink(tree.path("loose.json"), tree.path("real/linked.json")).expect("a link");
        symlink(tree.path("nowhere"), tree.path("dangling.json")).expect("a link");
        assert_eq!(found(&tree, &[]), ["loose.json", "real/a.json"]);
        assert_eq!(found(&tree, &["**/*.json"]), ["loose.json", "real/a.json"]);
        assert_eq!(
            found(&tree, &["real/loop", "real/linked.json"]),
            ["real/linked.json", "real/loop/a.json"]
        );
        assert_eq!(
            tree.find(&["dangling.json"]),
            Err(DiscoverError::Dangling("dangling.json".to_string()))
        );
    }

    #[test]
    fn a_folder_that_cannot_be_read_is_said() {
        let tree = Tree::new(&[("closed/a.json", ""), ("b.json", "")]);
        fs::set_permissions(tree.path("closed"), fs::Permissions::from_mode(0o000))
            .expect("permissions");
        let result = discover(&[], &tree.search()).expect("files");
        fs::set_permissions(tree.path("closed"), fs::Permissions::from_mode(0o755))
            .expect("permissions");
        if result.files.len() == 2 {
            eprintln!("skipped: this user may read everything");
            return;
        }
        assert_eq!(result.files.len(), 1);
        assert_eq!(
            result.unreadable,
            [UnreadableFolder {
                shown: "closed".to_string(),
                why: "permission denied".to_string()
            }]
        );
    }
}
