//! Whole repositories with every rule on: the examples of the README and the cases where files and rules meet.

mod support;

use ecrlint::rules::meta::Profile;
use support::{compare, folders, lint_folder, listing, name, profile, root};

#[test]
fn examples() {
    let repositories = folders(&root().join("examples"));
    assert!(
        repositories.len() >= 3,
        "the README promises at least three examples"
    );
    let mut wrong = Vec::new();
    for repository in repositories {
        let run = lint_folder(&repository, &profile(Profile::Deploy));
        if run.report.heard().count() == 0 {
            wrong.push(format!("examples/{} has no finding", name(&repository)));
        }
        if !repository.join("README.md").is_file() {
            wrong.push(format!("examples/{} has no README.md", name(&repository)));
        }
        wrong.extend(compare(&listing(&run), &repository.join("expected.txt")).err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn repositories() {
    let repositories = folders(&root().join("tests/fixtures/repos"));
    assert!(repositories.len() >= 2, "a faulty and a sound repository");
    let mut wrong = Vec::new();
    for repository in repositories {
        let run = lint_folder(&repository, &profile(Profile::Pedantic));
        wrong.extend(compare(&listing(&run), &repository.join("expected.txt")).err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_report_does_not_depend_on_the_order_of_files() {
    for repository in folders(&root().join("examples")) {
        let registry = support::registry();
        let mut inputs = support::files(&repository);
        let forward = listing(&ecrlint::lint(
            inputs.clone(),
            &registry,
            &profile(Profile::Pedantic),
        ));
        inputs.reverse();
        let backward = listing(&ecrlint::lint(
            inputs,
            &registry,
            &profile(Profile::Pedantic),
        ));
        assert_eq!(forward, backward, "{}", name(&repository));
    }
}
