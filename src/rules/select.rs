//! Declarative rules: a selector over facts instead of a Rust check.
//!
//! ```yaml
//! each: statement
//! where: "$[?@.Effect == 'Allow' && in('ecr:putimage', @.Action)]"
//! expect: "$[?@.Sid]"
//! at: "$.Action"
//! message: "statement that allows pushes has no `Sid`"
//! ```
//!
//! `where` and `expect` are evaluated on a list that holds the one fact, because a JSONPath filter tests the members of
//! what it is applied to. A fact that `where` selects and `expect` does not is reported at `at`, a path from the fact
//! itself. The shapes of the facts are those of [`crate::model::view`].

use super::Context;
use super::meta::{Each, RuleFile, RuleFileError};
use crate::diag::{Diagnostic, quote};
use crate::link::Workspace;
use crate::model::view::{self, View};
use crate::tree::select::Selector;
use crate::tree::{Node, NodeKind};
use std::collections::BTreeMap;

/// A compiled declaration.
pub struct Declaration {
    each: Each,
    condition: Option<Selector>,
    expect: Option<Selector>,
    at: Option<Selector>,
    message: String,
    label: Option<String>,
}

impl Declaration {
    /// Compiles the selectors of a rule file.
    ///
    /// # Errors
    /// If a selector is not JSONPath.
    pub fn compile(file: &RuleFile, each: Each) -> Result<Self, RuleFileError> {
        let compile = |field: &str, path: &Option<String>| {
            path.as_deref()
                .map(|path| {
                    Selector::new(path).map_err(|error| RuleFileError {
                        message: format!("`{field}` is not a JSONPath: {error}"),
                        at: None,
                    })
                })
                .transpose()
        };
        Ok(Declaration {
            each,
            condition: compile("where", &file.condition)?,
            expect: compile("expect", &file.expect)?,
            at: compile("at", &file.at)?,
            message: file.message.clone().unwrap_or_default(),
            label: file.label.clone(),
        })
    }

    /// Looks at every fact of its kind.
    pub fn check(&self, cx: &Context<'_>, views: &mut Views, out: &mut Vec<Diagnostic>) {
        for fact in views.of(self.each, cx.workspace) {
            let selects = |selector: &Selector| !selector.select(&fact.boxed).is_empty();
            if self
                .condition
                .as_ref()
                .is_some_and(|condition| !selects(condition))
            {
                continue;
            }
            if self.expect.as_ref().is_some_and(selects) {
                continue;
            }
            let places: Vec<&Node<'_>> = match &self.at {
                Some(at) => fact.item().map(|item| at.select(item)).unwrap_or_default(),
                None => fact.item().into_iter().collect(),
            };
            for place in places.into_iter().take(1) {
                let said = text_at(place);
                let mut found = cx
                    .diagnostic(place.place(), self.message.replace("{at}", &said))
                    .identity(said)
                    .in_statement(fact.sid.as_deref());
                if let Some(label) = &self.label {
                    found = found.label(label.clone());
                }
                out.push(found);
            }
        }
    }
}

/// The text at a place, quoted: of a list its texts, of anything else nothing.
fn text_at(place: &Node<'_>) -> String {
    let texts: Vec<&str> = place
        .one_or_many()
        .iter()
        .filter_map(Node::as_str)
        .collect();
    if texts.is_empty() {
        String::new()
    } else {
        quote(&texts.join(", "))
    }
}

/// A fact in the list that `where` is applied to.
pub struct Fact {
    boxed: View,
    sid: Option<String>,
}

impl Fact {
    fn new(view: View) -> Self {
        let loc = view.loc;
        Fact {
            boxed: Node::new(loc, NodeKind::List(vec![view])),
            sid: None,
        }
    }

    fn item(&self) -> Option<&Node<'static>> {
        self.boxed.items().first()
    }
}

/// The facts of a run as trees, made once for each kind that a rule asks for.
#[derive(Default)]
pub struct Views {
    made: BTreeMap<Each, Vec<Fact>>,
}

impl Views {
    fn of(&mut self, each: Each, workspace: &Workspace) -> &[Fact] {
        self.made
            .entry(each)
            .or_insert_with(|| make(each, workspace))
    }
}

fn make(each: Each, workspace: &Workspace) -> Vec<Fact> {
    let facts = &workspace.facts;
    match each {
        Each::Policy => facts
            .policies
            .iter()
            .map(|one| Fact::new(view::policy(one)))
            .collect(),
        Each::Statement => {
            let statements = facts.policies.iter().flat_map(|policy| {
                policy
                    .document
                    .statements
                    .iter()
                    .map(move |one| (policy, one))
            });
            statements
                .map(|(policy, statement)| Fact {
                    sid: statement.sid.as_ref().map(|sid| sid.value.to_string()),
                    ..Fact::new(view::statement(policy, statement))
                })
                .collect()
        }
        Each::Task => facts
            .tasks
            .iter()
            .map(|one| Fact::new(view::task(one)))
            .collect(),
        Each::Container => facts
            .tasks
            .iter()
            .flat_map(|task| &task.containers)
            .map(|one| Fact::new(view::container(one)))
            .collect(),
        Each::Endpoint => facts
            .endpoints
            .iter()
            .map(|one| Fact::new(view::endpoint(one)))
            .collect(),
        Each::Job => facts
            .pipelines
            .iter()
            .flat_map(|pipeline| {
                pipeline
                    .jobs
                    .iter()
                    .map(move |job| Fact::new(view::job(pipeline, job)))
            })
            .collect(),
        Each::Act => {
            let mut acts = Vec::new();
            for pipeline in &facts.pipelines {
                for job in &pipeline.jobs {
                    for step in &job.steps {
                        let made = step
                            .acts
                            .iter()
                            .map(|act| Fact::new(view::act(act, job, step)));
                        acts.extend(made);
                    }
                }
            }
            acts
        }
    }
}
