//! Which account and Region files belong to, where nothing in them says so and the configuration does.

use super::arn::Arn;
use super::origin::Origin;
use super::template::{Piece, Template};
use crate::source::path_pattern::PathPattern;
use crate::source::{FileId, Loc};
use std::sync::Arc;

/// What the configuration says of one file. What a file says of itself counts for more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Home {
    /// The account.
    pub account: Option<Template>,
    /// The Region.
    pub region: Option<Template>,
}

/// What the configuration says of all files: the first pattern that matches counts.
#[derive(Clone, Debug, Default)]
pub struct Homes {
    /// Accounts: twelve digits.
    pub accounts: Vec<(PathPattern, String)>,
    /// Regions.
    pub regions: Vec<(PathPattern, String)>,
}

/// The home of a file that declares no deployment, such as a workflow.
#[derive(Clone, Debug)]
pub struct FileHome {
    /// The file.
    pub file: FileId,
    /// Its home.
    pub home: Home,
}

impl Homes {
    /// Whether nothing is said of any file.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty() && self.regions.is_empty()
    }

    /// The home of the file at `path`.
    #[must_use]
    pub fn of(&self, path: &str) -> Home {
        let first = |list: &[(PathPattern, String)]| {
            list.iter()
                .find(|(pattern, _)| pattern.matches(path))
                .map(|(_, value)| Template::literal(value.clone()))
        };
        Home {
            account: first(&self.accounts),
            region: first(&self.regions),
        }
    }
}

impl Home {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.account.is_none() && self.region.is_none()
    }

    /// Puts the account and the Region in the scope of something declared, where they are not known.
    pub fn locate(&self, origin: &mut Origin) {
        let scope = &origin.scope;
        let account = self.account.clone().filter(|_| !scope.account.is_known());
        let region = self.region.clone().filter(|_| !scope.region.is_known());
        if account.is_some() || region.is_some() {
            origin.scope = Arc::new((**scope).clone().located(account, region));
        }
    }

    /// Fills in placeholders that can be nothing but the own account or Region: `ACCOUNT_ID`, `${AWS_REGION}`.
    pub fn fill(&self, template: &mut Template) {
        if template.is_known() || self.is_empty() {
            return;
        }
        *template = filled(template, |name| self.meant_by(name));
    }

    /// Fills in the account of the ARN of a role of the own account, whatever its placeholder is called.
    pub fn fill_role(&self, role: &mut Template) {
        self.fill(role);
        let placeholder = Arn::of(role).and_then(|arn| match arn.account.pieces() {
            [Piece::Hole(hole)] => Some(hole.name.clone()),
            _ => None,
        });
        if let Some(placeholder) = placeholder {
            *role = filled(role, |name| {
                self.account.as_ref().filter(|_| *name == *placeholder)
            });
        }
    }

    fn meant_by(&self, name: &str) -> Option<&Template> {
        const ACCOUNTS: [&str; 8] = [
            "account",
            "accountid",
            "accountnumber",
            "awsaccount",
            "awsaccountid",
            "awsaccountnumber",
            "youraccountid",
            "yourawsaccountid",
        ];
        const REGIONS: [&str; 5] = [
            "awsdefaultregion",
            "awsregion",
            "region",
            "yourawsregion",
            "yourregion",
        ];
        let settings = ["env.", "secrets.", "vars."];
        let bare = settings.iter().find_map(|start| name.strip_prefix(start));
        let bare = bare.unwrap_or(name);
        if bare.contains('.') {
            return None;
        }
        let plain: String = bare
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect();
        if ACCOUNTS.contains(&plain.as_str()) {
            return self.account.as_ref();
        }
        self.region
            .as_ref()
            .filter(|_| REGIONS.contains(&plain.as_str()))
    }
}

/// The text with those of its holes filled in that `value_of` has a value for.
fn filled<'v>(template: &Template, value_of: impl Fn(&str) -> Option<&'v Template>) -> Template {
    let mut filled = Template::default();
    for piece in template.pieces() {
        match piece {
            Piece::Literal(text) => filled.push_literal(text),
            Piece::Hole(hole) => match value_of(&hole.name) {
                Some(value) => filled.push(value),
                None => filled.push_hole(hole.name.clone(), hole.text.clone()),
            },
        }
    }
    filled
}

/// The home of the file that `loc` lies in.
#[must_use]
pub fn of_file(homes: &[FileHome], loc: Loc) -> Option<&Home> {
    homes
        .binary_search_by_key(&loc.file, |one| one.file)
        .ok()
        .and_then(|at| homes.get(at))
        .map(|one| &one.home)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn homes() -> Homes {
        let pattern = |text: &str| PathPattern::new(text).expect("a pattern");
        Homes {
            accounts: vec![
                (pattern("infra/prod/"), "111122223333".to_string()),
                (pattern("infra/"), "444455556666".to_string()),
            ],
            regions: vec![(pattern("**/*.json"), "eu-west-1".to_string())],
        }
    }

    #[test]
    fn the_first_pattern_counts_for_each() {
        let shown = |path: &str| {
            let home = homes().of(path);
            [home.account, home.region]
                .map(|one| one.map_or("-".to_string(), |one| one.to_string()))
                .join(" ")
        };
        assert_eq!(shown("infra/prod/a.json"), "111122223333 eu-west-1");
        assert_eq!(shown("infra/dev/a.yaml"), "444455556666 -");
        assert_eq!(shown("app/a.yaml"), "- -");
        assert!(homes().of("app/a.yaml").is_empty());
    }

    #[test]
    fn only_what_is_called_like_the_own_account_is_filled_in() {
        let home = homes().of("infra/prod/a.json");
        for (name, filled) in [
            ("ACCOUNT_ID", "111122223333"),
            ("aws-account-id", "111122223333"),
            ("AWS_REGION", "eu-west-1"),
            ("secrets.AWS_ACCOUNT_ID", "111122223333"),
            ("inputs.account", "?"),
            ("SHARED_ACCOUNT_ID", "?"),
            ("repository", "?"),
        ] {
            let mut template = Template::literal("a:");
            template.push_hole(name, "?");
            home.fill(&mut template);
            assert_eq!(template.to_string(), format!("a:{filled}"), "{name}");
        }
        let mut role = Template::literal("arn:aws:iam::");
        role.push_hole("secrets.PROD", "?");
        role.push_literal(":role/ci");
        home.fill_role(&mut role);
        assert_eq!(role.to_string(), "arn:aws:iam::111122223333:role/ci");
    }
}
