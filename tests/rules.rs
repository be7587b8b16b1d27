//! Each `tests/fixtures/rules/<rule>/<case>/` is a small repository. A case is linted with that rule alone: a `bad-…` case
//! must give exactly the findings of its `expected.txt`, a `good-…` case none. The examples in the rule files are run
//! the same way.

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use support::{compare, files, folders, lint_folder, listing, name, only, registry, root};

#[test]
fn fixtures() {
    let mut wrong = Vec::new();
    let mut cases = 0;
    for rule in folders(&root().join("tests/fixtures/rules")) {
        for case in folders(&rule) {
            cases += 1;
            if let Err(why) = run_case(&name(&rule), &case) {
                wrong.push(why);
            }
        }
    }
    assert!(cases > 0, "no fixtures found");
    assert!(
        wrong.is_empty(),
        "{} of {cases} cases differ\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn run_case(rule: &str, case: &Path) -> Result<(), String> {
    let shown = format!("{rule}/{}", name(case));
    if registry().find(rule).is_none() {
        return Err(format!("{shown}: there is no rule `{rule}`"));
    }
    if files(case).is_empty() {
        return Err(format!("{shown}: the case has no file"));
    }
    let settings = if rule == "unused-ignore" {
        support::profile(ecrlint::rules::meta::Profile::Pedantic)
    } else {
        only(rule)
    };
    let found = listing(&lint_folder(case, &settings));
    if name(case).starts_with("good-") {
        return if found.is_empty() {
            Ok(())
        } else {
            Err(format!("{shown} must be silent but says\n{found}"))
        };
    }
    if !name(case).starts_with("bad-") {
        return Err(format!("{shown}: a case is called `bad-…` or `good-…`"));
    }
    if found.is_empty() {
        return Err(format!("{shown} must fire but is silent"));
    }
    compare(&found, &case.join("expected.txt"))
}

#[test]
fn examples_in_rule_files() {
    let mut wrong = Vec::new();
    for rule in registry().rules() {
        let rule_name = &rule.file.name;
        let settings = if rule_name == "unused-ignore" {
            support::profile(ecrlint::rules::meta::Profile::Pedantic)
        } else {
            only(rule_name)
        };
        let run = |example: &BTreeMap<String, String>| {
            let inputs = example
                .iter()
                .map(|(path, text)| ecrlint::Input::text(path.clone(), text.clone()))
                .collect();
            ecrlint::lint(inputs, &registry(), &settings)
        };
        for (at, example) in rule.whole().examples.bad.iter().enumerate() {
            let result = run(example);
            if !result.report.heard().any(|one| one.rule.name == *rule_name) {
                wrong.push(format!("{rule_name}: bad example {} is silent", at + 1));
            }
        }
        for (at, example) in rule.whole().examples.good.iter().enumerate() {
            let result = run(example);
            if result.report.heard().any(|one| one.rule.name == *rule_name) {
                wrong.push(format!(
                    "{rule_name}: good example {} fires\n{}",
                    at + 1,
                    listing(&result)
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
