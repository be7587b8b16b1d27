//! How requests leave a subnet: through which endpoints of its VPC, and whether there is another way out.
//!
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>

use crate::model::Facts;
use crate::model::endpoint::{EndpointPartKind, VpcEndpoint};
use crate::model::network::RouteTarget;
use crate::model::origin::Origin;
use crate::model::template::Template;
use crate::source::{Loc, Spanned};

/// The way out of the subnets that a service runs in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// Their VPC, if it is one and in sight.
    pub vpc: Option<Template>,
    /// Endpoints of that VPC that the subnets use, as indices of [`Facts::endpoints`].
    pub endpoints: Vec<usize>,
    /// Whether there is a way to the internet besides.
    pub egress: Egress,
    /// Whether the VPC was taken from the endpoints beside the service, and not from its subnets.
    pub is_guessed: bool,
    /// Endpoints of a VPC that is not known, and so perhaps of this one, as indices of [`Facts::endpoints`].
    pub strangers: Vec<usize>,
    /// Whether the VPC is in sight, so that an endpoint of it would be as well.
    pub is_in_sight: bool,
}

/// Whether a request gets to a service of AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// It does, or nothing says that it does not.
    Open,
    /// Nothing in sight leads there, and not all is in sight.
    Unseen,
    /// Nothing leads there.
    Cut,
}

/// Whether a subnet reaches the internet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Egress {
    /// Nobody knows.
    #[default]
    Unknown,
    /// By an internet or NAT gateway.
    Open,
    /// It has no route there.
    Closed,
}

impl Way {
    /// The way out of these subnets for something declared at `origin`.
    #[must_use]
    pub fn of(facts: &Facts, origin: &Origin, subnets: &[Spanned<Template>]) -> Way {
        let vpcs: Vec<&Template> = subnets
            .iter()
            .filter_map(|subnet| vpc_of(facts, &subnet.value))
            .collect();
        let vpc = match vpcs.as_slice() {
            [first, rest @ ..] if rest.iter().all(|other| other == first) => Some((*first).clone()),
            [] => None,
            _ => return Way::default(),
        };
        let is_guessed = vpc.is_none();
        let Some(vpc) = vpc.or_else(|| only_vpc(facts, origin)) else {
            return Way::default();
        };
        let is_declared = facts.vpcs.iter().any(|one| one.id == vpc);
        let mut is_snapshot = true;
        let (mut endpoints, mut strangers) = (Vec::new(), Vec::new());
        for (at, endpoint) in facts.endpoints.iter().enumerate() {
            if !endpoint.origin.scope.can_meet(&origin.scope) {
                continue;
            }
            match &endpoint.vpc {
                Some(one) if one.value == vpc => {
                    is_snapshot &= endpoint.origin.scope.is_snapshot;
                    if serves(facts, endpoint, subnets) {
                        endpoints.push(at);
                    }
                }
                Some(one) if one.value.is_known() && vpc.is_known() => {}
                Some(one) if is_declared && facts.vpcs.iter().any(|vpc| vpc.id == one.value) => {}
                _ => strangers.push(at),
            }
        }
        Way {
            vpc: Some(vpc),
            is_in_sight: is_declared || (is_snapshot && !endpoints.is_empty()),
            endpoints,
            egress: egress(facts, subnets),
            is_guessed,
            strangers,
        }
    }

    /// Whether requests get to a service: over the internet or through an endpoint. A VPC without any endpoint in sight may
    /// have its endpoints elsewhere.
    #[must_use]
    pub fn reach(&self, facts: &Facts, service: &str) -> Reach {
        let is_closed = self.egress == Egress::Closed && !self.is_guessed;
        if !is_closed || self.endpoint(facts, service).is_some() {
            return Reach::Open;
        }
        let may_serve = |at: &usize| {
            facts
                .endpoints
                .get(*at)
                .is_some_and(|endpoint| may_be_of_service(&endpoint.service.value, service))
        };
        let is_sure = self.is_in_sight
            && !self.endpoints.is_empty()
            && !self.endpoints.iter().chain(&self.strangers).any(may_serve);
        if is_sure { Reach::Cut } else { Reach::Unseen }
    }

    /// The endpoint of a service, by the end of its name: `ecr.api`, `ecr.dkr`, `s3`, `logs`. The first counts where there
    /// are several.
    pub fn endpoint<'f>(
        &self,
        facts: &'f Facts,
        service: &str,
    ) -> Option<(usize, &'f VpcEndpoint)> {
        self.endpoints
            .iter()
            .filter_map(|at| Some((*at, facts.endpoints.get(*at)?)))
            .find(|(_, endpoint)| is_of_service(&endpoint.service.value, service))
    }
}

/// Whether an endpoint's service name, such as `com.amazonaws.eu-west-1.ecr.dkr`, is that of `service`.
#[must_use]
pub fn is_of_service(name: &Template, service: &str) -> bool {
    let end = name.suffix();
    let Some(before) = end.strip_suffix(service) else {
        return false;
    };
    // `com.amazonaws.eu-west-1.` before `s3`, and nothing of the service's own name.
    before.ends_with('.')
        && (!name.is_known() || before.split('.').filter(|part| !part.is_empty()).count() >= 3)
        && !before.ends_with("ecr.")
        && (name.is_known() || before == ".")
}

/// Whether an endpoint's service name is that of `service`, or could not be read that far.
#[must_use]
pub fn may_be_of_service(name: &Template, service: &str) -> bool {
    is_of_service(name, service)
        || (!name.is_known() && format!(".{service}").ends_with(name.suffix()))
}

fn vpc_of<'f>(facts: &'f Facts, subnet: &Template) -> Option<&'f Template> {
    let found = facts.subnets.iter().find(|one| one.id == *subnet)?;
    found.vpc.as_ref().map(|vpc| &vpc.value)
}

/// The VPC of the endpoints beside a declaration, if all are of one: where its subnets are not in sight, it runs there or
/// nowhere that these files speak of.
fn only_vpc(facts: &Facts, origin: &Origin) -> Option<Template> {
    let mut vpcs: Vec<&Template> = facts
        .endpoints
        .iter()
        .filter(|endpoint| endpoint.origin.scope == origin.scope)
        .filter_map(|endpoint| endpoint.vpc.as_ref().map(|vpc| &vpc.value))
        .collect();
    vpcs.sort();
    vpcs.dedup();
    match vpcs.as_slice() {
        [one] => Some((*one).clone()),
        _ => None,
    }
}

/// Whether the names of the service lead to an interface endpoint, as far as anything says so, and the place that says it.
/// What could not be read is taken to be as it should.
#[must_use]
pub fn private_dns(facts: &Facts, endpoint: &VpcEndpoint) -> (bool, Option<Loc>) {
    let apart = facts
        .endpoint_parts
        .iter()
        .find_map(|part| match &part.kind {
            EndpointPartKind::PrivateDns(given) if part.endpoint.value == endpoint.id => {
                Some(given)
            }
            _ => None,
        });
    match apart.unwrap_or(&endpoint.private_dns) {
        Some(given) => (given.value, Some(given.loc)),
        None => (apart.is_some() || endpoint.private_dns_by_default, None),
    }
}

/// Whether an endpoint carries what leaves these subnets: an interface endpoint with private DNS serves its whole VPC, a
/// gateway endpoint the route tables it is entered in.
fn serves(facts: &Facts, endpoint: &VpcEndpoint, subnets: &[Spanned<Template>]) -> bool {
    if endpoint.is_gateway != Some(true) {
        return private_dns(facts, endpoint).0;
    }
    let mut tables: Vec<&Template> = endpoint
        .route_tables
        .iter()
        .map(|table| &table.value)
        .collect();
    tables.extend(
        facts
            .endpoint_parts
            .iter()
            .filter_map(|part| match &part.kind {
                EndpointPartKind::RouteTable(table) if part.endpoint.value == endpoint.id => {
                    Some(&table.value)
                }
                _ => None,
            }),
    );
    let known: Vec<&Template> = subnets
        .iter()
        .filter_map(|subnet| table_of(facts, &subnet.value))
        .collect();
    // Where the way from subnet to route table is not in sight, the endpoint is taken to be meant for it.
    known.is_empty() || !endpoint.network_is_read || known.iter().any(|one| tables.contains(one))
}

/// The route table that a subnet is declared to use: its own, else the main one of its VPC, where that is declared.
fn table_of<'f>(facts: &'f Facts, subnet: &Template) -> Option<&'f Template> {
    let own = facts
        .route_table_associations
        .iter()
        .find(|one| one.subnet.value == *subnet)
        .map(|one| &one.route_table.value);
    own.or_else(|| main_table(facts, vpc_of(facts, subnet)?))
}

fn main_table<'f>(facts: &'f Facts, vpc: &Template) -> Option<&'f Template> {
    let made_main = facts
        .main_route_tables
        .iter()
        .find(|one| one.vpc.value == *vpc)
        .map(|one| &one.route_table.value);
    made_main.or_else(|| {
        facts
            .route_tables
            .iter()
            .find(|table| table.is_main && table.vpc.as_ref().is_some_and(|one| one.value == *vpc))
            .map(|table| &table.id)
    })
}

/// Whether all these subnets reach the internet, or none.
#[must_use]
pub fn egress(facts: &Facts, subnets: &[Spanned<Template>]) -> Egress {
    let mut all = subnets.iter().map(|subnet| egress_of(facts, &subnet.value));
    let Some(first) = all.next() else {
        return Egress::Unknown;
    };
    all.fold(
        first,
        |so_far, one| {
            if so_far == one { one } else { Egress::Unknown }
        },
    )
}

fn egress_of(facts: &Facts, subnet: &Template) -> Egress {
    let Some(table) = table_of(facts, subnet) else {
        return Egress::Unknown;
    };
    let Some(declared) = facts.route_tables.iter().find(|one| one.id == *table) else {
        return Egress::Unknown;
    };
    let mut result = if declared.complete {
        Egress::Closed
    } else {
        Egress::Unknown
    };
    for route in facts
        .routes
        .iter()
        .filter(|route| route.route_table.value == *table)
    {
        let is_default = route.destination.as_ref().is_none_or(|destination| {
            match destination.value.as_literal() {
                Some(text) => text == "0.0.0.0/0" || text == "::/0",
                None => true,
            }
        });
        match route.target_among(&facts.gateways) {
            RouteTarget::InternetGateway | RouteTarget::Nat if is_default => return Egress::Open,
            // Behind the endpoint of a firewall there may be a way out.
            RouteTarget::Elsewhere | RouteTarget::Endpoint | RouteTarget::Unknown if is_default => {
                result = Egress::Unknown;
            }
            _ => {}
        }
    }
    result
}
