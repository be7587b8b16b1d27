//! Tests of the configuration file.

use super::*;

fn reading() -> Reading<'static> {
    Reading {
        shown: ".ecrlint.yaml".to_string(),
        folder: PathBuf::from("/repo"),
        working_directory: Path::new("/repo/sub"),
        today: Date::parse("2026-11-24").expect("a date"),
    }
}

fn config(text: &str) -> Config {
    read(text, &reading()).unwrap_or_else(|error| panic!("{error}"))
}

fn error(text: &str) -> String {
    let registry = Registry::built_in().expect("rules");
    match read(text, &reading()).and_then(|mut config| config.resolve(&registry)) {
        Err(error) => error.to_string(),
        Ok(()) => panic!("no error in {text}"),
    }
}

#[test]
fn every_key_is_read() {
    let config = config(
        "profile: security\nselect: [ECR5]\nignore:\n  - ECR510\n  - rule: ECR101\n    path: legacy/**\n    sid: Login\n    reason: goes away\n    until: 2026-11-23\nfail-on: never\nmin-confidence: high\nseverity: {ECR901: off, unused-ignore: error}\nexclude: ['*.gen.json']\nrules: [ours]\nlayers:\n  'scp/*.json': service-control\n",
    );
    assert_eq!(config.profile, Some(Profile::Security));
    assert_eq!(config.select, ["ECR5"]);
    assert_eq!(config.ignore, ["ECR510"]);
    assert_eq!(config.fail_on, Some(None));
    assert_eq!(config.min_confidence, Some(Confidence::High));
    assert_eq!(config.rules, [PathBuf::from("/repo/ours")]);
    let ignore = config.ignores.first().expect("an ignore");
    assert_eq!(ignore.ended.as_deref(), Some("2026-11-23"));
    assert_eq!(ignore.sid.as_deref(), Some("Login"));
    let path = ignore.path.as_ref().expect("a pattern");
    assert!(!path.matches("legacy/a.json") && path.matches("/repo/legacy/a/b.json"));
    let (pattern, layer) = config.layers.first().expect("a layer");
    assert_eq!(*layer, Layer::ServiceControl);
    assert!(pattern.matches("/repo/scp/a.json"));
    let mut resolved = config.clone();
    resolved.select.clear();
    resolved.ignore.clear();
    resolved
        .resolve(&Registry::built_in().expect("rules"))
        .expect("known rules");
    assert_eq!(resolved.severity.get("ECR901"), Some(&None));
    assert_eq!(
        resolved.severity.get("ECR903"),
        Some(&Some(Severity::Error))
    );
}

#[test]
fn nothing_is_a_configuration_too() {
    for text in ["", "# nothing yet\n", "{}\n", "---\n"] {
        assert!(config(text).select.is_empty(), "{text:?}");
    }
}

#[test]
fn today_is_the_last_day_of_an_ignore() {
    let config = config("ignore:\n  - {rule: ECR101, reason: x, until: 2026-11-24}\n");
    assert_eq!(config.ignores.first().expect("an ignore").ended, None);
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (text, said) in [
        (
            "profile: deploy\nselct: [ECR1]\n",
            ".ecrlint.yaml:2:1: unknown key `selct`; did you mean `select`?",
        ),
        (
            "profile: securty\n",
            ".ecrlint.yaml:1:10: unknown value `securty`; did you mean `security`?",
        ),
        (
            "zzz: 1\n",
            ".ecrlint.yaml:1:1: unknown key `zzz`; known are `profile`, `select`, `ignore`, `fail-on`, `min-confidence`, `severity`, `exclude`, `rules`, `layers`, `accounts`, `regions`, `roles`, `repositories`",
        ),
        (
            "ignore:\n  - ECR901\n  - rule: ECR101\n    resaon: x\n",
            ".ecrlint.yaml:4:5: unknown key `resaon`; did you mean `reason`?",
        ),
        (
            "ignore:\n  - rule: ECR101\n",
            ".ecrlint.yaml:2:5: missing field `reason`",
        ),
        (
            "ignore:\n  - {rule: ECR101, reason: ' '}\n",
            ".ecrlint.yaml:2:28: `reason` is empty: say why the finding may be ignored",
        ),
        (
            "ignore: [7]\n",
            ".ecrlint.yaml:1:10: an entry of `ignore` is a rule, or a map with `rule` and `reason`",
        ),
        (
            "ignore:\n  - {rule: ECR101, reason: x, until: 2026-02-30}\n",
            ".ecrlint.yaml:2:38: `2026-02-30` is no date such as `2027-01-31`",
        ),
        (
            "select:\n  - ECR901\n  - unused-ignor\n",
            ".ecrlint.yaml:3:5: there is no rule `unused-ignor`; did you mean `unused-ignore`?",
        ),
        (
            "ignore: [XYZ]\n",
            ".ecrlint.yaml:1:10: there is no rule `XYZ`; `ecrlint rules` lists them",
        ),
        (
            "severity:\n  brken-document: off\n",
            ".ecrlint.yaml:2:3: there is no rule `brken-document`; did you mean `broken-document`?",
        ),
        (
            "exclude: ['a[']\n",
            ".ecrlint.yaml:1:11: `a[` is not a pattern: unclosed character class; missing ']'",
        ),
        (
            "layers: {a.json: servce-control}\n",
            ".ecrlint.yaml:1:18: there is no layer `servce-control`; did you mean `service-control`?",
        ),
        (
            "accounts: {a/: 12345}\n",
            ".ecrlint.yaml:1:16: `12345` is no account id: twelve digits",
        ),
        (
            "accounts: [a/]\n",
            ".ecrlint.yaml:1:11: `accounts` maps path patterns to account ids, such as `'infra/prod/': 111122223333`",
        ),
        (
            "accounts:\n  'a[': 111122223333\n",
            ".ecrlint.yaml:2:3: `a[` is not a pattern: unclosed character class; missing ']'",
        ),
        (
            "regions:\n  a/: eu-west1\n",
            ".ecrlint.yaml:2:7: there is no Region `eu-west1`; did you mean `eu-west-1`?",
        ),
        (
            "regions: {a/: [eu-west-1]}\n",
            ".ecrlint.yaml:1:15: `regions` maps path patterns to Regions, such as `'infra/prod/': eu-west-1`",
        ),
        (
            "acounts: {}\n",
            ".ecrlint.yaml:1:1: unknown key `acounts`; did you mean `accounts`?",
        ),
        (
            "roles:\n  exec:\n    polices: x.json\n",
            ".ecrlint.yaml:3:5: unknown key `polices`; did you mean `policies`?",
        ),
        (
            "roles: {exec: {zzz: 1}}\n",
            ".ecrlint.yaml:1:16: unknown key `zzz`; known are `policies`, `attached`, `trust`, `boundary`, `kind`, `complete`",
        ),
        (
            "roles: {exec: {policies: {a: b}}}\n",
            ".ecrlint.yaml:1:26: `policies` is a path pattern or a list of them",
        ),
        (
            "roles: {exec: 7}\n",
            ".ecrlint.yaml:1:15: `roles` maps names or ARNs to what belongs to them, such as `app-exec: {policies: iam/exec/*.json}`",
        ),
        (
            "roles: {exec: {attached: [ReadOnlyAccess]}}\n",
            ".ecrlint.yaml:1:27: `attached` is the ARN of a managed policy or a list of them",
        ),
        (
            "roles: {exec: {trust: []}}\n",
            ".ecrlint.yaml:1:23: `trust` is the file with the trust policy",
        ),
        (
            "roles: {exec: {boundary: 'arn:aws:iam::111122223333:role/x'}}\n",
            ".ecrlint.yaml:1:26: `boundary` is the ARN of a managed policy, or the file with the boundary",
        ),
        (
            "roles: {exec: {complete: yes please}}\n",
            ".ecrlint.yaml:1:26: `complete` is `true` (these are all policies) or `false`",
        ),
        (
            "roles: {exec: {kind: robot}}\n",
            ".ecrlint.yaml:1:22: `kind` is `role`, `user` or `group`",
        ),
        (
            "roles: {'arn:aws:iam::111122223333:user/x': {kind: role}}\n",
            ".ecrlint.yaml:1:52: `arn:aws:iam::111122223333:user/x` is the ARN of a user",
        ),
        (
            "roles: {'arn:aws:iam::111122223333:policy/x': a.json}\n",
            ".ecrlint.yaml:1:9: `arn:aws:iam::111122223333:policy/x` is no name or ARN of a role",
        ),
        (
            "repositories: {shop/app: [a.json]}\n",
            ".ecrlint.yaml:1:26: `repositories` maps names or ARNs to the files with their policies, such as `shop/app: ecr/app.json`",
        ),
        (
            "repositories: {'shop/app:v1': a.json}\n",
            ".ecrlint.yaml:1:16: `shop/app:v1` is no repository: a name or an ARN",
        ),
    ] {
        assert_eq!(error(text), said, "{text}");
    }
    assert!(
        error("select: [\n").starts_with(".ecrlint.yaml:2:1: "),
        "{}",
        error("select: [\n")
    );
    assert!(
        error("select: ECR1\n").starts_with(".ecrlint.yaml:1:9: "),
        "{}",
        error("select: ECR1\n")
    );
}

#[test]
fn what_files_leave_unsaid_is_read() {
    let config = config(
        "accounts: {infra/: 012345678901, app/: '111122223333'}\nregions: {infra/: eu-west-9}\nroles:\n  exec: iam/*.json\n  'arn:aws:iam::111122223333:user/ci/bot': {policies: [a.json, b.json], complete: true}\n  ops: {kind: group, boundary: limits.json}\nrepositories: {shop/app: ecr/app.json}\n",
    );
    let account = |path: &str| config.homes.of(path).account.map(|one| one.to_string());
    assert_eq!(
        account("/repo/infra/a.tf").as_deref(),
        Some("012345678901"),
        "digits stay as they are written"
    );
    assert_eq!(account("/repo/app/a.tf").as_deref(), Some("111122223333"));
    assert_eq!(account("/repo/a.tf"), None);
    let region = config.homes.of("/repo/infra/a.tf").region;
    assert_eq!(
        region.map(|one| one.to_string()).as_deref(),
        Some("eu-west-9"),
        "a Region may be newer than ecrlint"
    );
    let kinds: Vec<_> = config
        .owners
        .principals
        .iter()
        .map(|one| (one.kind, one.policies.len(), one.is_complete))
        .collect();
    use crate::model::role::PrincipalKind::{Group, Role, User};
    assert_eq!(
        kinds,
        [(Role, 1, false), (User, 2, true), (Group, 0, false)]
    );
    assert_eq!(config.owners.repositories.len(), 1);
}

#[test]
fn the_file_is_looked_for_up_to_the_top_of_the_repository() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir_all(path("repo/.git")).expect("folders");
    std::fs::create_dir_all(path("repo/sub/deep")).expect("folders");
    std::fs::write(path(".ecrlint.yaml"), "").expect("a file");
    assert_eq!(find(&path("repo/sub/deep")), None);
    std::fs::write(path("repo/.ecrlint.yml"), "").expect("a file");
    assert_eq!(
        find(&path("repo/sub/deep")),
        Some(path("repo/.ecrlint.yml"))
    );
    std::fs::write(path("repo/sub/.ecrlint.yaml"), "").expect("a file");
    assert_eq!(
        find(&path("repo/sub/deep")),
        Some(path("repo/sub/.ecrlint.yaml"))
    );
    assert_eq!(find(folder.path()), Some(path(".ecrlint.yaml")));
}
