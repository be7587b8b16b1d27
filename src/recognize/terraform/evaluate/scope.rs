//! Providers: which account and Region something is deployed to.
//!
//! A module inherits the providers of whoever calls it. Two configurations of one root share the account unless one of
//! them says where its credentials come from.
//!
//! <https://developer.hashicorp.com/terraform/language/modules/develop/providers>

use super::expand::Iteration;
use super::{Deployment, Env, Evaluator};
use crate::model::home::Home;
use crate::model::origin::Scope;
use crate::model::template::Template;
use crate::recognize::terraform::module::folder_of;
use crate::recognize::terraform::value;
use crate::tree::hcl::{Block, Expression, ExpressionKind, Key, Step};
use std::rc::Rc;
use std::sync::Arc;

/// Arguments and blocks of the provider that say whose credentials are used.
const CREDENTIALS: &[&str] = &[
    "access_key",
    "assume_role",
    "assume_role_with_web_identity",
    "profile",
    "shared_credentials_files",
];

impl<'m> Evaluator<'m> {
    /// The scope of a resource or data source.
    pub(in super::super) fn scope_of(
        &self,
        at: &Rc<Deployment<'m>>,
        block: &Block,
        kind: &str,
    ) -> Arc<Scope> {
        let provider = block
            .body
            .attribute("provider")
            .and_then(|attribute| provider_name(&attribute.value));
        let scope = self.scope(at, provider.as_deref().unwrap_or("aws"));
        // Since version 6 of the provider, a resource may name a Region of its own.
        let single = Iteration::single();
        let is_about_itself = kind == "aws_region";
        let region = match block.body.attribute("region") {
            Some(region) if !is_about_itself => {
                let env = Env {
                    at,
                    iteration: &single,
                    names: None,
                    is_isolated: false,
                };
                value::template(&self.value(&region.value, &env))
            }
            _ => None,
        };
        match region.filter(|region| !region.is_empty() && *region != scope.region) {
            None => scope,
            Some(region) => Arc::new((*scope).clone().located(None, Some(region))),
        }
    }

    /// A scope of which nothing is known but what the texts of its root module speak of, and what the configuration says of
    /// them.
    fn unknown_scope(&self, at: &Deployment<'m>, label: &str) -> Scope {
        let root = if at.root == "." { "" } else { at.root.as_str() };
        let files = || {
            self.sources.iter().filter(|(_, file)| {
                super::super::is_named(&file.path) && folder_of(&file.path) == root
            })
        };
        let home = self.home_of(root);
        let scope = Scope::unknown(label).located(home.account, home.region);
        files().fold(scope, |scope, (_, file)| scope.read_beside(&file.text))
    }

    /// What the configuration says of the files of a root module.
    fn home_of(&self, root: &str) -> Home {
        if self.homes.is_empty() {
            return Home::default();
        }
        let mut files = self.sources.iter().map(|(_, file)| file.path.as_str());
        files
            .find(|path| super::super::is_named(path) && folder_of(path) == root)
            .map_or_else(Home::default, |path| self.homes.of(path))
    }

    /// The Region that the configuration gives to the variable that the default provider of a root takes its Region from.
    pub(super) fn told_region(&self, at: &Deployment<'m>, variable: &str) -> Option<String> {
        if self.homes.is_empty() || at.caller.is_some() {
            return None;
        }
        let provider = at.module.providers.iter().find(|block| {
            block.labels.first().is_some_and(|one| one.value == "aws")
                && block.body.attribute("alias").is_none()
        })?;
        let region = &provider.body.attribute("region")?.value;
        let ExpressionKind::Traversal(base, steps) = &region.kind else {
            return None;
        };
        let is_it = matches!(&base.kind, ExpressionKind::Name(name) if name == "var")
            && matches!(steps.as_slice(), [Step::Attribute(name)] if name == variable);
        let region = self.home_of(&at.module.folder).region.filter(|_| is_it)?;
        region.as_literal().map(str::to_string)
    }

    /// The scope of the provider called `name` (`aws`, `aws.east`) in a module.
    fn scope(&self, at: &Rc<Deployment<'m>>, name: &str) -> Arc<Scope> {
        if let Some(known) = at.scopes.borrow().get(name) {
            return Arc::clone(known);
        }
        // A provider whose Region needs a resource of its own: a cycle, of which nothing is known.
        let label = label(at, name);
        at.scopes
            .borrow_mut()
            .insert(name.to_string(), Arc::new(Scope::unknown(&label)));
        let scope = self
            .configured(at, name, &label)
            .unwrap_or_else(|| Arc::new(self.unknown_scope(at, &label)));
        at.scopes
            .borrow_mut()
            .insert(name.to_string(), Arc::clone(&scope));
        scope
    }

    fn configured(&self, at: &Rc<Deployment<'m>>, name: &str, label: &str) -> Option<Arc<Scope>> {
        let (base, alias) = name.split_once('.').map_or((name, None), |(base, alias)| {
            (base, Some(alias.split('[').next().unwrap_or(alias)))
        });
        if base != "aws" {
            return at.caller.is_none().then(|| self.scope(at, "aws"));
        }
        let block = at.module.providers.iter().find(|block| {
            block.labels.first().is_some_and(|one| one.value == base)
                && block.body.attribute("alias").map(|one| text_of(&one.value)) == alias.map(Some)
        });
        if let Some(block) = block {
            return Some(self.scope_from(at, name, block, label));
        }
        let Some(caller) = &at.caller else {
            // A root without this provider: nothing but the environment configures it.
            return None;
        };
        let parent = self.deployment(caller.id)?;
        let passed = caller
            .block
            .body
            .attribute("providers")
            .and_then(|providers| passed(&providers.value, name));
        match passed {
            Some(passed) => Some(self.scope(&parent, &passed)),
            None if alias.is_none() => Some(self.scope(&parent, "aws")),
            None => None,
        }
    }

    fn scope_from(
        &self,
        at: &Rc<Deployment<'m>>,
        name: &str,
        block: &'m Block,
        label: &str,
    ) -> Arc<Scope> {
        let single = Iteration::single();
        let env = Env {
            at,
            iteration: &single,
            names: None,
            is_isolated: false,
        };
        let argument = |name: &str| {
            let attribute = block.body.attribute(name)?;
            Some(self.value(&attribute.value, &env))
        };
        let region = argument("region").and_then(|one| value::template(&one));
        let region = region.filter(|region| !region.is_empty());
        let told = self.unknown_scope(at, label);
        let region = region.filter(|region| region.is_known() || !told.region.is_known());
        let mut scope = told.located(None, region);
        scope.region_is_default = at.caller.is_none()
            && block.body.attribute("region").is_some_and(|region| {
                variable_name(&region.value).is_some_and(|name| !self.is_set_in_files(at, name))
            });
        let names_credentials = CREDENTIALS.iter().any(|name| {
            block.body.attribute(name).is_some() || block.body.blocks_of(name).next().is_some()
        });
        let allowed = argument("allowed_account_ids");
        let allowed = allowed.as_ref().map(|ids| ids.items()).unwrap_or_default();
        let role = block
            .body
            .blocks_of("assume_role")
            .chain(block.body.blocks_of("assume_role_with_web_identity"))
            .find_map(|role| role.body.attribute("role_arn"))
            .and_then(|arn| value::template(&self.value(&arn.value, &env)));
        if let [only] = allowed
            && let Some(account) = value::template(only)
        {
            scope.account = account;
        } else if let Some(account) = role.and_then(|arn| account_of(&arn)) {
            scope.account = account;
        } else if !names_credentials && allowed.is_empty() && name != "aws" {
            // The same credentials as the default provider, so the same account.
            scope.account = self.scope(at, "aws").account.clone();
        } else if names_credentials && name != "aws" {
            // Whose these are, nobody tells: what the configuration says is about the files, so about the default provider.
            scope.account = Scope::unknown(label).account;
        }
        Arc::new(scope)
    }
}

/// The account in an ARN.
fn account_of(arn: &Template) -> Option<Template> {
    let mut rest = arn.clone();
    for _ in 0..4 {
        rest = rest.split_once(':')?.1;
    }
    let account = rest.split_once(':')?.0;
    (!account.is_empty()).then_some(account)
}

/// `dir`, or `dir (aws.east)`; for a provider that a module declares itself, with the module's address.
fn label(at: &Deployment<'_>, name: &str) -> String {
    let address = at.address.trim_end_matches('.');
    match (address.is_empty(), name == "aws") {
        (true, true) => at.root.clone(),
        (true, false) => format!("{} ({name})", at.root),
        (false, _) => format!("{} ({address}, {name})", at.root),
    }
}

/// `aws.east` of a reference to a provider.
fn provider_name(expression: &Expression) -> Option<String> {
    match &expression.kind {
        ExpressionKind::Name(name) => Some(name.clone()),
        // Older configurations put the reference in quotes.
        ExpressionKind::Text(text) => Some(text.value.to_string()),
        ExpressionKind::Traversal(base, steps) => {
            let ExpressionKind::Name(base) = &base.kind else {
                return None;
            };
            match steps.first() {
                Some(Step::Attribute(alias)) => Some(format!("{base}.{alias}")),
                _ => Some(base.clone()),
            }
        }
        _ => None,
    }
}

/// `region` of `var.region`.
fn variable_name(expression: &Expression) -> Option<&str> {
    let ExpressionKind::Traversal(base, steps) = &expression.kind else {
        return None;
    };
    match (&base.kind, steps.as_slice()) {
        (ExpressionKind::Name(base), [Step::Attribute(name)]) if base == "var" => Some(name),
        _ => None,
    }
}

fn text_of(expression: &Expression) -> Option<&str> {
    match &expression.kind {
        ExpressionKind::Text(text) => Some(text.value.as_ref()),
        _ => None,
    }
}

/// The provider that a call passes as `name`.
fn passed(providers: &Expression, name: &str) -> Option<String> {
    let ExpressionKind::Object(items) = &providers.kind else {
        return None;
    };
    items.iter().find_map(|(key, provider)| {
        let key = match key {
            Key::Name(key) => key.value.clone(),
            Key::Computed(key) => provider_name(key)?,
        };
        (key == name).then(|| provider_name(provider)).flatten()
    })
}
