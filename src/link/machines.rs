//! Machines that run containers: which role each has, and for whom it works.
//!
//! An instance has the role of its instance profile, which its launch template may name; a node group and a Fargate profile
//! of EKS name their role themselves. The user data of an instance says which cluster it joins.
//!
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/instance_IAM_role.html>,
//! <https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html>

use super::flow::nearest;
use super::names::{Candidates, How, Names};
use super::principals::Principals;
use crate::model::Facts;
use crate::model::arn::Arn;
use crate::model::compute::{Instances, InstancesKind};
use crate::model::origin::Origin;
use crate::model::template::Template;
use crate::source::Spanned;
use std::collections::BTreeMap;

/// The machines of a run.
#[derive(Clone, Debug, Default)]
pub struct Machines {
    /// One for each of [`Facts::instances`], in their order.
    pub each: Vec<Machine>,
    /// Those that join a cluster of ECS, as indices of `each`, by the cluster's name.
    by_cluster: BTreeMap<Template, Vec<usize>>,
    /// Who pulls the images of pods; `None` where no machine in sight runs pods.
    pods: Option<Role>,
}

/// One of [`Facts::instances`].
#[derive(Clone, Debug)]
pub struct Machine {
    /// Its role.
    pub role: Role,
    /// Whether it runs pods of Kubernetes.
    pub runs_pods: bool,
}

/// A role, as far as it is known.
#[derive(Clone, Debug, Default)]
pub struct Role {
    /// The role as a profile or a node group names it.
    pub reference: Option<Spanned<Template>>,
    /// The roles in sight that it may be. Empty where it may be one that is not in sight.
    pub roles: Candidates,
}

/// What in user data makes an instance a node of Kubernetes
/// (<https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html>).
const NODE_WORDS: [&str; 4] = [
    "/etc/eks/bootstrap.sh",
    "nodeadm",
    "node.eks.aws",
    "[settings.kubernetes]",
];

impl Machines {
    /// Joins the facts.
    #[must_use]
    pub fn new(facts: &Facts, principals: &Principals) -> Machines {
        if facts.instances.is_empty() {
            return Machines::default();
        }
        let join = Join {
            facts,
            principals,
            profiles: Names::new(
                facts
                    .instance_profiles
                    .iter()
                    .map(|profile| (&profile.arn, &profile.name.value)),
            ),
            templates: templates(facts),
        };
        let mut machines = Machines::default();
        for (at, instances) in facts.instances.iter().enumerate() {
            let base = join.base(instances);
            let lines = match (instances.user_data_lines.as_slice(), base) {
                ([], Some(base)) => base.user_data_lines.as_slice(),
                (own, _) => own,
            };
            let is_group = matches!(
                instances.kind,
                InstancesKind::NodeGroup | InstancesKind::FargateProfile
            );
            if !is_group && let Some(cluster) = ecs_cluster(lines) {
                machines.by_cluster.entry(cluster).or_default().push(at);
            }
            machines.each.push(Machine {
                role: join.role(instances, base),
                runs_pods: is_group || is_node(lines),
            });
        }
        machines.pods = pods(&machines.each);
        machines
    }

    /// The role of the instances that run the tasks of an ECS cluster, named or by its ARN; `None` where no instance in
    /// sight joins it.
    #[must_use]
    pub fn of_cluster(&self, cluster: Option<&Template>) -> Option<Role> {
        let name = cluster.map_or_else(|| Template::literal("default"), cluster_name);
        let joined = self.by_cluster.get(&name)?;
        union(joined.iter().filter_map(|at| self.each.get(*at)))
    }

    /// The role that pulls the images of a pod, which may run on any machine in sight; `None` where none runs pods.
    #[must_use]
    pub fn of_pods(&self) -> Option<&Role> {
        self.pods.as_ref()
    }
}

fn pods(machines: &[Machine]) -> Option<Role> {
    union(machines.iter().filter(|machine| machine.runs_pods))
}

/// The roles of several machines; it may be any of them, so nothing is known where one is not.
fn union<'m>(machines: impl Iterator<Item = &'m Machine>) -> Option<Role> {
    let mut joined: Option<Role> = None;
    let mut is_open = false;
    for machine in machines {
        is_open |= machine.role.roles.is_empty();
        let into = joined.get_or_insert_with(|| Role {
            reference: machine.role.reference.clone(),
            roles: Candidates::default(),
        });
        into.roles.join(&machine.role.roles);
    }
    if let Some(joined) = joined.as_mut().filter(|_| is_open) {
        joined.roles = Candidates::default();
    }
    joined
}

/// Launch templates by id and by name.
fn templates(facts: &Facts) -> BTreeMap<&Template, Vec<&Instances>> {
    let mut templates: BTreeMap<&Template, Vec<&Instances>> = BTreeMap::new();
    for instances in &facts.instances {
        if instances.kind != InstancesKind::LaunchTemplate {
            continue;
        }
        let name = instances.name.as_ref().map(|name| &name.value);
        for key in [Some(&instances.id), name].into_iter().flatten() {
            templates.entry(key).or_default().push(instances);
        }
    }
    templates
}

struct Join<'f> {
    facts: &'f Facts,
    principals: &'f Principals,
    profiles: Names,
    templates: BTreeMap<&'f Template, Vec<&'f Instances>>,
}

impl<'f> Join<'f> {
    /// The launch template that it is made from, if that is in sight.
    fn base(&self, instances: &Instances) -> Option<&'f Instances> {
        let named = &instances.launch_template.as_ref()?.value;
        let found = self.templates.get(named)?;
        let mut possible = found
            .iter()
            .filter(|one| one.origin.scope.can_meet(&instances.origin.scope));
        possible.next().copied()
    }

    fn role(&self, instances: &Instances, base: Option<&Instances>) -> Role {
        if let Some(named) = &instances.role {
            return Role {
                reference: Some(named.clone()),
                roles: self.found(named, &instances.origin),
            };
        }
        let profile = instances
            .profile
            .as_ref()
            .or_else(|| base?.profile.as_ref());
        profile.map_or_else(Role::default, |profile| {
            self.role_of_profile(profile, &instances.origin)
        })
    }

    /// The roles in sight that a name may mean for something declared at `origin`.
    fn found(&self, named: &Spanned<Template>, origin: &Origin) -> Candidates {
        let mut found = self.principals.find(&named.value);
        let kept = nearest(&found.indices, Some(origin), |at| {
            Some(&*self.facts.roles.get(at)?.origin.scope)
        });
        found.keep(|at| kept.contains(&at));
        found
    }

    fn role_of_profile(&self, profile: &Spanned<Template>, origin: &Origin) -> Role {
        let found = self.profiles.find(&profile.value);
        let kept = nearest(&found.indices, Some(origin), |at| {
            Some(&*self.facts.instance_profiles.get(at)?.origin.scope)
        });
        let mut role = Role::default();
        for profile in kept
            .iter()
            .filter_map(|at| self.facts.instance_profiles.get(*at))
        {
            let Some(named) = &profile.role else {
                return Role::default();
            };
            let roles = self.found(named, &profile.origin);
            if roles.is_empty() {
                return Role {
                    reference: Some(named.clone()),
                    roles,
                };
            }
            role.reference.get_or_insert_with(|| named.clone());
            role.roles.join(&roles);
        }
        if found.how == Some(How::ByName) && role.roles.how.is_some() {
            role.roles.how = Some(How::ByName);
        }
        role
    }
}

/// The name of a cluster that is named, or by its ARN.
fn cluster_name(reference: &Template) -> Template {
    let resource = Arn::of(reference).map(|arn| arn.resource);
    let name = resource.and_then(|resource| resource.rsplit_once('/'));
    name.map_or_else(|| reference.clone(), |(_, name)| name)
}

/// The cluster of ECS that user data makes an instance join, as the agent's configuration has it, or that of Bottlerocket
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bootstrap_container_instance.html>).
fn ecs_cluster(lines: &[Spanned<Template>]) -> Option<Template> {
    let mut is_bottlerocket = false;
    for line in lines {
        if let Some((before, value)) = line.value.split_once_str("ECS_CLUSTER=") {
            let is_comment = before.prefix().trim_start().starts_with('#');
            let value = word(&value);
            if !is_comment && !value.is_empty() {
                return Some(value);
            }
        }
        let text = line.value.prefix().trim();
        if text.starts_with('[') {
            is_bottlerocket = text == "[settings.ecs]";
        }
        if is_bottlerocket
            && let Some((key, value)) = line.value.split_once('=')
            && key.as_literal().is_some_and(|key| key.trim() == "cluster")
        {
            return Some(word(&value.trimmed()));
        }
    }
    None
}

/// The first word of a text, without quotes.
fn word(text: &Template) -> Template {
    let unquoted = match text.prefix().chars().next() {
        Some(quote @ ('"' | '\'')) => text.split_once(quote).map(|(_, rest)| rest),
        _ => None,
    };
    let mut word = unquoted.unwrap_or_else(|| text.clone());
    for end in [' ', '\t', '"', '\'', '>', ';', '\\', '\n', '\r'] {
        if let Some((before, _)) = word.split_once(end) {
            word = before;
        }
    }
    word
}

fn is_node(lines: &[Spanned<Template>]) -> bool {
    lines
        .iter()
        .any(|line| NODE_WORDS.iter().any(|word| line.value.contains(word)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Loc;

    fn lines(text: &str) -> Vec<Spanned<Template>> {
        let line = |text: &str| {
            let mut template = Template::default();
            match text.split_once("<c>") {
                Some((before, after)) => {
                    template.push_literal(before);
                    template.push_hole("c", "<c>");
                    template.push_literal(after);
                }
                None => template.push_literal(text),
            }
            Spanned::new(template, Loc::NOWHERE)
        };
        text.lines().map(line).collect()
    }

    #[test]
    fn the_cluster_that_user_data_names() {
        for (text, expected) in [
            (
                "#!/bin/bash\necho ECS_CLUSTER=main >> /etc/ecs/ecs.config",
                Some("main"),
            ),
            (
                "echo \"ECS_CLUSTER=main\" > /etc/ecs/ecs.config",
                Some("main"),
            ),
            ("echo ECS_CLUSTER='main'>>/etc/ecs/ecs.config", Some("main")),
            ("cat <<EOF >> x\nECS_CLUSTER=<c>\nEOF", Some("<c>")),
            ("echo ECS_CLUSTER=<c>-x >> y", Some("<c>-x")),
            ("echo 'ECS_CLUSTER=a\\nECS_DEBUG=b'", Some("a")),
            ("# ECS_CLUSTER=old\necho ECS_CLUSTER=new >> x", Some("new")),
            ("[settings.ecs]\ncluster = \"main\"", Some("main")),
            ("[settings.other]\ncluster = \"main\"", None),
            ("echo ECS_CLUSTER= >> x", None),
            ("yum update", None),
        ] {
            let found = ecs_cluster(&lines(text)).map(|name| name.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_cluster_by_name_and_by_arn() {
        for (text, expected) in [
            ("main", "main"),
            ("arn:aws:ecs:eu-west-1:111122223333:cluster/main", "main"),
        ] {
            let name = cluster_name(&Template::literal(text));
            assert_eq!(name.as_literal(), Some(expected));
        }
    }
}
