//! Whom policy files belong to, where no file says so: `roles:` and `repositories:` of the configuration.
//!
//! A bare policy document grants to nobody. The configuration names the principal or the repository, and the document counts
//! as theirs from then on. A set of policies stays open unless the configuration says that it is complete: "missing" is said
//! only then, and only if every file that is named was found.

use crate::link::names::Names;
use crate::model::Facts;
use crate::model::arn::Arn;
use crate::model::origin::Origin;
use crate::model::policy::{Layer, Policy};
use crate::model::repository::{Repository, RepositoryPolicy};
use crate::model::role::{ManagedPolicy, PoliciesInSight, PrincipalKind, Role};
use crate::model::template::Template;
use crate::source::path_pattern::PathPattern;
use crate::source::{FileId, Loc, SourceMap, Span, Spanned};
use std::sync::Arc;

/// What the configuration says of owners. Spans are places in the configuration file.
#[derive(Clone, Debug, Default)]
pub struct Owners {
    /// Principals.
    pub principals: Vec<OwnedPolicies>,
    /// Repositories, by name or ARN, each with the file that holds its policy.
    pub repositories: Vec<(Written<String>, Written<PathPattern>)>,
}

/// A value of the configuration and its place.
#[derive(Clone, Debug)]
pub struct Written<T> {
    /// The value.
    pub value: T,
    /// Where it stands in the configuration file.
    pub span: Span,
}

/// A principal and what belongs to it.
#[derive(Clone, Debug)]
pub struct OwnedPolicies {
    /// Its name or ARN.
    pub name: Written<String>,
    /// What it is.
    pub kind: PrincipalKind,
    /// Files with its policies.
    pub policies: Vec<Written<PathPattern>>,
    /// ARNs of managed policies.
    pub attached: Vec<Written<String>>,
    /// The file with its trust policy.
    pub trust: Option<Written<PathPattern>>,
    /// Its permissions boundary.
    pub boundary: Option<Written<BoundaryNamed>>,
    /// Whether these are all policies that it has.
    pub is_complete: bool,
}

/// How a permissions boundary is given.
#[derive(Clone, Debug)]
pub enum BoundaryNamed {
    /// By the ARN of a managed policy.
    Arn(String),
    /// By the file that holds it.
    File(PathPattern),
}

impl Owners {
    /// Gives each document to its owner. `config_file` is the configuration among the sources.
    pub fn apply(&self, facts: &mut Facts, sources: &SourceMap, config_file: Option<FileId>) {
        if self.principals.is_empty() && self.repositories.is_empty() {
            return;
        }
        let file = config_file.unwrap_or(FileId::NONE);
        let bare: Vec<(usize, &str)> = facts
            .policies
            .iter()
            .enumerate()
            .filter(|(_, policy)| policy.origin.is_none())
            .map(|(at, policy)| (at, sources.path(policy.document.loc.file)))
            .collect();
        let roles = Names::new(facts.roles.iter().map(|role| (&role.arn, &role.name.value)));
        let mut giving = Giving {
            file,
            bare,
            label: sources.path(file).to_string(),
        };
        for principal in &self.principals {
            giving.principal(principal, &roles, facts);
        }
        for (name, pattern) in &self.repositories {
            giving.repository(name, pattern, facts);
        }
    }
}

struct Giving<'s> {
    file: FileId,
    /// The documents that nothing declares, with their paths.
    bare: Vec<(usize, &'s str)>,
    /// What deployments of the configuration are called.
    label: String,
}

impl Giving<'_> {
    fn loc(&self, span: Span) -> Loc {
        Loc::new(self.file, span)
    }

    /// The documents in the files that a pattern names, now known to be of this layer.
    fn documents(
        &self,
        pattern: &PathPattern,
        layer: Layer,
        facts: &mut Facts,
    ) -> Vec<Arc<Policy>> {
        let mut found = Vec::new();
        for (at, path) in &self.bare {
            let Some(policy) = facts
                .policies
                .get_mut(*at)
                .filter(|_| pattern.matches(path))
            else {
                continue;
            };
            // A trust policy that lies beside is no identity policy.
            let names_principals = policy
                .document
                .statements
                .iter()
                .any(|statement| statement.principal.is_some());
            if names_principals && !layer.takes_principal() {
                continue;
            }
            let known = Arc::make_mut(policy);
            known.layer = layer;
            known.layer_is_certain = true;
            found.push(Arc::clone(policy));
        }
        found
    }

    fn principal(&mut self, named: &OwnedPolicies, roles: &Names, facts: &mut Facts) {
        let mut given = Given::default();
        for pattern in &named.policies {
            let found = self.documents(&pattern.value, Layer::Identity, facts);
            if found.is_empty() {
                given.unread.push(self.loc(pattern.span));
            }
            given.inline.extend(found);
        }
        given.managed = named
            .attached
            .iter()
            .map(|arn| Spanned::new(Template::literal(arn.value.clone()), self.loc(arn.span)))
            .collect();
        given.trust = named.trust.as_ref().and_then(|pattern| {
            let mut found = self.documents(&pattern.value, Layer::Trust, facts);
            found.pop().filter(|_| found.is_empty())
        });
        given.boundary = named
            .boundary
            .as_ref()
            .map(|boundary| self.boundary(named, boundary, facts));
        let reference = Template::literal(named.name.value.clone());
        let declared: Vec<usize> = roles
            .find(&reference)
            .indices
            .into_iter()
            .filter(|at| {
                facts
                    .roles
                    .get(*at)
                    .is_some_and(|role| role.kind == named.kind)
            })
            .collect();
        if declared.is_empty() {
            let role = self.role(named, given);
            facts.roles.push(role);
            return;
        }
        for at in declared {
            if let Some(role) = facts.roles.get_mut(at) {
                given.clone().add_to(role, named.is_complete);
            }
        }
    }

    /// A principal that no file declares.
    fn role(&self, named: &OwnedPolicies, given: Given) -> Role {
        let loc = self.loc(named.name.span);
        let text = Template::literal(named.name.value.clone());
        let (origin, arn, name) = match Arn::of(&text) {
            Some(read) => {
                let name = match read.resource.rsplit_once('/') {
                    Some((_, name)) => name,
                    None => read.resource.clone(),
                };
                (self.origin(loc, &name, Some(&read)), text, name)
            }
            None => {
                let origin = self.origin(loc, &text, None);
                let mut arn = Template::literal("arn:");
                arn.push(&origin.scope.partition);
                arn.push_literal(":iam::");
                arn.push(&origin.scope.account);
                arn.push_literal(match named.kind {
                    PrincipalKind::Role => ":role/",
                    PrincipalKind::User => ":user/",
                    PrincipalKind::Group => ":group/",
                });
                arn.push(&text);
                (origin, arn, text)
            }
        };
        let mut unread = given.unread;
        if !named.is_complete {
            unread.push(loc);
        }
        Role {
            origin,
            kind: named.kind,
            name: Spanned::new(name, loc),
            arn,
            trust: given.trust,
            inline: given.inline,
            managed: given.managed,
            boundary: given.boundary,
            groups: Vec::new(),
            tags: Vec::new(),
            tags_are_read: false,
            in_sight: PoliciesInSight::Declared,
            unread,
        }
    }

    /// Each entry is a deployment of its own: two names say nothing of being in one account.
    fn origin(&self, loc: Loc, name: &Template, arn: Option<&Arn>) -> Origin {
        let mut origin = Origin::alone(loc, name.to_string(), &format!("{}#{name}", self.label));
        if let Some(arn) = arn {
            origin.scope = Arc::new((*origin.scope).clone().told_by(arn));
        }
        origin
    }

    fn boundary(
        &self,
        named: &OwnedPolicies,
        boundary: &Written<BoundaryNamed>,
        facts: &mut Facts,
    ) -> Spanned<Template> {
        let loc = self.loc(boundary.span);
        let pattern = match &boundary.value {
            BoundaryNamed::Arn(arn) => return Spanned::new(Template::literal(arn.clone()), loc),
            BoundaryNamed::File(pattern) => pattern,
        };
        let mut found = self.documents(pattern, Layer::Boundary, facts);
        let policy = found.pop().filter(|_| found.is_empty());
        // A policy whose name nobody tells.
        let label = format!("{}#boundary of {}", self.label, named.name.value);
        let arn = Template::hole(label, format!("<boundary of {}>", named.name.value));
        facts.managed_policies.push(ManagedPolicy {
            origin: self.origin(loc, &arn, None),
            name: Spanned::new(arn.clone(), loc),
            arn: arn.clone(),
            policy,
        });
        Spanned::new(arn, loc)
    }

    fn repository(
        &self,
        named: &Written<String>,
        pattern: &Written<PathPattern>,
        facts: &mut Facts,
    ) {
        let mut found = self.documents(&pattern.value, Layer::Repository, facts);
        let policy = found.pop().filter(|_| found.is_empty());
        let loc = self.loc(named.span);
        let text = Template::literal(named.value.clone());
        let read = Arn::of(&text);
        let name = read
            .as_ref()
            .and_then(Arn::repository)
            .unwrap_or_else(|| text.clone());
        let origin = Origin {
            // It is named, and nobody says that there are no others.
            is_certain: false,
            ..self.origin(loc, &name, read.as_ref())
        };
        let is_declared = facts
            .repositories
            .iter()
            .any(|one| !one.is_public && one.name.value == name);
        if is_declared {
            facts.repository_policies.push(RepositoryPolicy {
                origin: Origin {
                    is_certain: true,
                    ..origin
                },
                repository: Spanned::new(name, loc),
                policy,
                is_public: false,
            });
            return;
        }
        let arn = match read {
            Some(_) => text,
            None => {
                let mut arn = Template::literal("arn:");
                arn.push(&origin.scope.partition);
                arn.push_literal(":ecr:");
                arn.push(&origin.scope.region);
                arn.push_literal(":");
                arn.push(&origin.scope.account);
                arn.push_literal(":repository/");
                arn.push(&text);
                arn
            }
        };
        facts.repositories.push(Repository {
            origin,
            name: Spanned::new(name, loc),
            arn,
            is_public: false,
            policy_is_read: policy.is_some(),
            policy,
            mutability: None,
            mutable_tags: Vec::new(),
            lifecycle: None,
            scan_on_push: None,
            tags: Vec::new(),
            tags_are_read: false,
        });
    }
}

/// What is given to a principal.
#[derive(Clone, Default)]
struct Given {
    inline: Vec<Arc<Policy>>,
    managed: Vec<Spanned<Template>>,
    trust: Option<Arc<Policy>>,
    boundary: Option<Spanned<Template>>,
    /// Patterns of which no file was found.
    unread: Vec<Loc>,
}

impl Given {
    /// Adds to what a file declares. The configuration may say that this is all, where the file leaves it open.
    fn add_to(self, role: &mut Role, is_complete: bool) {
        if is_complete {
            role.unread.clear();
            // What an input gives is what the configuration lists.
            role.managed.retain(|arn| Arn::of(&arn.value).is_some());
            if role.in_sight == PoliciesInSight::None {
                role.in_sight = PoliciesInSight::Declared;
            }
        }
        role.unread.extend(self.unread);
        role.inline.extend(self.inline);
        role.managed.extend(self.managed);
        role.trust = role.trust.take().or(self.trust);
        role.boundary = role.boundary.take().or(self.boundary);
    }
}
