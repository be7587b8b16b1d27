//! The flows of a run as they are shown: who moves which image, through what, and whether every link on the way holds.
//!
//! Everything here is plain text that is fit to be shown (no control character, no secret) and places with lines and
//! columns. Renderers lay it out and decide nothing; [`draw`] makes it of the workspace and the proofs.

pub mod draw;

pub use crate::prove::StepVerdict as Verdict;
use crate::source::shown::Place;

/// The flows of a run.
#[derive(Clone, Debug, Default)]
pub struct Chart {
    /// The flows, in the order of their declarations.
    pub flows: Vec<Flow>,
    /// The repositories that they speak of, by name.
    pub repositories: Vec<Repository>,
    /// How many files were looked at.
    pub files_seen: usize,
    /// How many of them were of a known kind.
    pub files_linted: usize,
}

/// A private ECR registry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Registry {
    /// Its host.
    pub host: String,
    /// Its account.
    pub account: String,
    /// Its Region.
    pub region: String,
}

/// A private ECR repository that an image lies in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// Its name.
    pub name: String,
    /// Its registry.
    pub registry: Registry,
    /// Where it is declared, if it is in sight.
    pub at: Option<Place>,
}

/// Something that moves images.
#[derive(Clone, Debug)]
pub struct Flow {
    /// What people call it: "service `web`".
    pub title: String,
    /// What kind of thing it is: `task`, `job`.
    pub kind: &'static str,
    /// Where it is declared.
    pub at: Place,
    /// Who asks AWS.
    pub actor: Actor,
    /// The links of the chain, in order.
    pub links: Vec<Link>,
}

impl Flow {
    /// What all its links come to.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let verdicts = self.links.iter().map(|link| link.verdict);
        verdicts.max().unwrap_or_default()
    }
}

/// Who asks AWS.
#[derive(Clone, Debug)]
pub struct Actor {
    /// In which part: "execution role".
    pub part: &'static str,
    /// The role's name, or the ARN by which it is named; `None` where nobody names one.
    pub name: Option<String>,
    /// Where the role is declared, if it is in sight.
    pub at: Option<Place>,
}

impl Actor {
    /// "execution role `shop-exec`".
    #[must_use]
    pub fn shown(&self) -> String {
        match &self.name {
            Some(name) => format!("{} `{}`", self.part, name.replace('`', "'")),
            None => self.part.to_string(),
        }
    }
}

/// What a [`Link`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkKind {
    /// The role is assumed.
    Assume,
    /// Docker logs in to a registry.
    Login,
    /// An image is pulled.
    Pull,
    /// An image is pushed.
    Push,
    /// Layers are taken from the layer bucket.
    Layers,
    /// A log is written.
    Logs,
    /// A secret or parameter is read.
    Secret,
    /// A file of variables is read.
    EnvironmentFile,
    /// ECS Exec opens its channels.
    Exec,
    /// The AWS CLI calls ECR.
    ApiCall,
}

impl LinkKind {
    /// The word for it in machine formats.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            LinkKind::Assume => "assume",
            LinkKind::Login => "login",
            LinkKind::Pull => "pull",
            LinkKind::Push => "push",
            LinkKind::Layers => "layers",
            LinkKind::Logs => "logs",
            LinkKind::Secret => "secret",
            LinkKind::EnvironmentFile => "environment-file",
            LinkKind::Exec => "exec",
            LinkKind::ApiCall => "api-call",
        }
    }

    /// Whether it is part of the way of an image, and not of what a task needs besides.
    #[must_use]
    pub fn is_of_image(self) -> bool {
        matches!(
            self,
            LinkKind::Login
                | LinkKind::Pull
                | LinkKind::Push
                | LinkKind::Layers
                | LinkKind::ApiCall
        )
    }
}

/// One link of a chain.
#[derive(Clone, Debug)]
pub struct Link {
    /// What it is.
    pub kind: LinkKind,
    /// What is asked for, as people call it: an image, a registry, a log group.
    pub target: String,
    /// The registry, of a login, a pull, a push and an API call.
    pub registry: Option<Registry>,
    /// The repository, as an index of [`Chart::repositories`].
    pub repository: Option<usize>,
    /// The way it takes.
    pub through: Through,
    /// Where it is asked for.
    pub at: Place,
    /// Whether it holds.
    pub verdict: Verdict,
    /// What it asks AWS.
    pub requests: Vec<Request>,
}

impl Link {
    /// The request that makes the verdict: the first that counts and has it.
    #[must_use]
    pub fn deciding(&self) -> Option<&Request> {
        let has_it = |one: &&Request| one.is_required && one.verdict == self.verdict;
        self.requests.iter().find(has_it).or(self.requests.first())
    }

    /// The place that a person wants to see first: of the statement that decides, where one does, else where the link is
    /// asked for.
    #[must_use]
    pub fn place(&self) -> &Place {
        self.deciding()
            .filter(|_| matches!(self.verdict, Verdict::Ok | Verdict::Denied))
            .and_then(|request| request.places.first())
            .unwrap_or(&self.at)
    }
}

/// The way that requests take to AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Through {
    /// A VPC endpoint.
    Endpoint {
        /// What people call it.
        name: String,
        /// The end of its service's name: `ecr.dkr`.
        service: &'static str,
        /// Where it is declared.
        at: Place,
    },
    /// The internet.
    Internet,
    /// There is none: the subnets have no route out, and their VPC no endpoint for this.
    Nowhere {
        /// The service for which there is no endpoint.
        service: &'static str,
    },
    /// AWS's own network: a service asks a service.
    Aws,
    /// Nobody knows.
    Unknown,
}

/// One request to AWS and the answer.
#[derive(Clone, Debug)]
pub struct Request {
    /// `ecr:PutImage`.
    pub action: String,
    /// What it acts on.
    pub resource: String,
    /// Whether the link breaks without it.
    pub is_required: bool,
    /// The answer.
    pub verdict: Verdict,
    /// What refuses it, where it is denied: the short name of a layer, such as `identity` or `endpoint`.
    pub refused_by: Option<&'static str>,
    /// Why, in one line.
    pub reason: String,
    /// The places that show it, with words; the most telling first.
    pub places: Vec<Place>,
    /// What would mend it.
    pub help: Option<String>,
}

/// Flows that are shown together.
#[derive(Clone, Debug)]
pub struct Group<'c> {
    /// The repository whose image they move; `None` for what tasks need besides.
    pub repository: Option<&'c Repository>,
    /// The flows.
    pub members: Vec<Member<'c>>,
}

/// A flow in a [`Group`].
#[derive(Clone, Debug)]
pub struct Member<'c> {
    /// Its index in [`Chart::flows`].
    pub at: usize,
    /// The flow.
    pub flow: &'c Flow,
    /// Indices of those of its links that belong to the group.
    pub links: Vec<usize>,
}

impl<'c> Member<'c> {
    /// Those of its links that belong to the group, with their indices.
    pub fn links(&self) -> impl Iterator<Item = (usize, &'c Link)> {
        let all = &self.flow.links;
        self.links
            .iter()
            .filter_map(move |at| Some((*at, all.get(*at)?)))
    }

    /// Whether one of these links is of this kind.
    #[must_use]
    pub fn does(&self, kind: LinkKind) -> bool {
        self.links().any(|(_, link)| link.kind == kind)
    }
}

/// Counts of links by verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Links that hold.
    pub ok: usize,
    /// Links that depend on named facts.
    pub conditional: usize,
    /// Links that nobody can tell.
    pub unknown: usize,
    /// Links that break.
    pub denied: usize,
}

impl Tally {
    /// Counts links.
    pub fn of<'l>(links: impl IntoIterator<Item = &'l Link>) -> Tally {
        let mut tally = Tally::default();
        for link in links {
            match link.verdict {
                Verdict::Ok => tally.ok += 1,
                Verdict::Conditional => tally.conditional += 1,
                Verdict::Unknown => tally.unknown += 1,
                Verdict::Denied => tally.denied += 1,
            }
        }
        tally
    }

    /// All of them.
    #[must_use]
    pub fn all(self) -> usize {
        self.ok + self.conditional + self.unknown + self.denied
    }

    /// "2 denied, 3 ok": verdicts that occur, the worst first.
    #[must_use]
    pub fn shown(self) -> String {
        let counts = [
            (self.denied, "denied"),
            (self.unknown, "unknown"),
            (self.conditional, "conditional"),
            (self.ok, "ok"),
        ];
        let parts: Vec<String> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        parts.join(", ")
    }
}

impl Chart {
    /// Every link.
    pub fn links(&self) -> impl Iterator<Item = &Link> {
        self.flows.iter().flat_map(|flow| &flow.links)
    }

    /// Counts every link.
    #[must_use]
    pub fn tally(&self) -> Tally {
        Tally::of(self.links())
    }

    /// The flows as they are shown: first by the repository whose image they move, with the links that this image needs;
    /// then what tasks and jobs need besides.
    #[must_use]
    pub fn groups(&self) -> Vec<Group<'_>> {
        let mut groups: Vec<Group<'_>> = Vec::new();
        for (at, repository) in self.repositories.iter().enumerate() {
            let mut members = self.members(|flow| links_of_image(flow, at));
            // An image is pushed before it is pulled.
            members.sort_by_key(|member| !member.does(LinkKind::Push));
            if !members.is_empty() {
                groups.push(Group {
                    repository: Some(repository),
                    members,
                });
            }
        }
        let besides = self.members(links_besides);
        if !besides.is_empty() {
            groups.push(Group {
                repository: None,
                members: besides,
            });
        }
        groups
    }

    /// The flows of which some links are picked.
    fn members(&self, pick: impl Fn(&Flow) -> Vec<usize>) -> Vec<Member<'_>> {
        self.flows
            .iter()
            .enumerate()
            .map(|(at, flow)| Member {
                at,
                flow,
                links: pick(flow),
            })
            .filter(|member| !member.links.is_empty())
            .collect()
    }
}

/// The links that a flow's image of this repository needs: being assumed, logging in, moving it. None if it has no such
/// image.
fn links_of_image(flow: &Flow, at: usize) -> Vec<usize> {
    let of_image: Vec<&Link> = flow
        .links
        .iter()
        .filter(|link| link.repository == Some(at))
        .collect();
    let is_of_it = |link: &Link| match link.kind {
        LinkKind::Assume => !of_image.is_empty(),
        LinkKind::Login => of_image.iter().any(|image| image.registry == link.registry),
        LinkKind::Pull | LinkKind::Push | LinkKind::Layers | LinkKind::ApiCall => {
            link.repository == Some(at)
        }
        _ => false,
    };
    let links = flow.links.iter().enumerate();
    links
        .filter(|(_, link)| is_of_it(link))
        .map(|(at, _)| at)
        .collect()
}

/// The links of a flow that belong to no image; all of a flow without one.
fn links_besides(flow: &Flow) -> Vec<usize> {
    let has_image = flow.links.iter().any(|link| link.repository.is_some());
    let links = flow.links.iter().enumerate();
    links
        .filter(|(_, link)| match link.kind {
            LinkKind::Assume | LinkKind::Login => !has_image,
            _ => link.repository.is_none(),
        })
        .map(|(at, _)| at)
        .collect()
}
