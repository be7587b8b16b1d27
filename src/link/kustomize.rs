//! What kustomizations do to the manifests that they deploy: pods get the images that are pulled, or nobody knows which.
//!
//! <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/images/>

use super::tree_index::{joined, normal};
use crate::model::Facts;
use crate::model::kubernetes::{ImageOverride, Kustomization, PodImage};
use crate::model::template::Template;
use crate::source::Spanned;
use std::collections::{BTreeMap, BTreeSet};

/// Most steps from kustomizations to manifests that are followed in a run. Past them, whatever is left may be changed.
const MOST_STEPS: usize = 50_000;

/// Most kustomizations that rename one image of a file and are compared. Where there are more, nobody knows what is pulled.
const MOST_OVERRIDES: usize = 16;

/// What reaches the objects of one file.
#[derive(Default)]
struct Reached<'f> {
    /// By the name of the image.
    overrides: BTreeMap<&'f Template, Vec<&'f ImageOverride>>,
    is_changed: bool,
}

/// Puts renamed images in place, and marks pods that are changed in other ways.
pub(super) fn apply(facts: &mut Facts) {
    if facts.kustomizations.is_empty() {
        return;
    }
    let kustomizations = std::mem::take(&mut facts.kustomizations);
    let reached = reached(&kustomizations);
    for pod in &mut facts.pods {
        let path = normal(&pod.origin.scope.label);
        let Some(reached) = reached.as_ref() else {
            pod.is_fragment = true;
            continue;
        };
        let Some(reached) = reached.get(&path) else {
            continue;
        };
        pod.is_fragment |= reached.is_changed;
        for image in pod.images_mut() {
            image.instead = instead(image, &reached.overrides);
        }
    }
    facts.kustomizations = kustomizations;
}

/// What reaches each file, by its path; `None` if that is too much to follow.
fn reached(kustomizations: &[Kustomization]) -> Option<BTreeMap<String, Reached<'_>>> {
    let by_folder: BTreeMap<String, usize> = kustomizations
        .iter()
        .enumerate()
        .map(|(at, one)| (folder_of(one), at))
        .collect();
    let mut reached: BTreeMap<String, Reached<'_>> = BTreeMap::new();
    let mut steps = 0;
    for (at, start) in kustomizations.iter().enumerate() {
        if start.images.is_empty() && !start.changes_more {
            continue;
        }
        let mut seen = BTreeSet::from([at]);
        let mut open = vec![start];
        while let Some(one) = open.pop() {
            let folder = folder_of(one);
            for resource in one.resources.iter().chain(&one.patches) {
                steps += 1;
                if steps > MOST_STEPS {
                    return None;
                }
                let Some(path) = resource.value.as_literal() else {
                    continue;
                };
                let path = normal(&joined(&folder, path));
                match by_folder.get(&path) {
                    Some(inner) if seen.insert(*inner) => open.extend(kustomizations.get(*inner)),
                    Some(_) => {}
                    None => {
                        let file = reached.entry(path).or_default();
                        file.is_changed |= start.changes_more;
                        for image in &start.images {
                            steps += 1;
                            let known = file.overrides.entry(&image.name.value).or_default();
                            if known.len() < MOST_OVERRIDES {
                                known.push(image);
                            }
                        }
                    }
                }
            }
        }
    }
    Some(reached)
}

fn folder_of(one: &Kustomization) -> String {
    let path = &one.origin.label;
    normal(path.rsplit_once('/').map_or("", |(folder, _)| folder))
}

/// What is pulled in place of an image; a hole where several kustomizations put different images there.
fn instead(
    image: &PodImage,
    overrides: &BTreeMap<&Template, Vec<&ImageOverride>>,
) -> Option<Spanned<Template>> {
    let (name, rest) = name_of(&image.written.value);
    let fitting = overrides.get(&name)?;
    let mut put = fitting
        .iter()
        .map(|one| put_in_place(image, &name, &rest, one));
    let first = put.next()?;
    if fitting.len() < MOST_OVERRIDES && put.all(|other| other.value == first.value) {
        return Some(first);
    }
    let place = image.written.loc;
    let hole = Template::hole(
        format!("@{}:{}", place.file.0, place.span.start),
        name.to_string(),
    );
    Some(Spanned::new(hole, place))
}

/// An image's name, and what stands behind it: a tag, a digest, both.
fn name_of(image: &Template) -> (Template, Template) {
    let cut = |separator: char, head: Template, tail: Template| {
        let mut rest = Template::literal(separator);
        rest.push(&tail);
        (head, rest)
    };
    let (name, digest) = match image.split_once('@') {
        Some((name, digest)) => cut('@', name, digest),
        None => (image.clone(), Template::default()),
    };
    match name.rsplit_once(':') {
        // Before a `/` it is the port of a registry.
        Some((head, tag)) if !tag.contains("/") => {
            let (head, mut rest) = cut(':', head, tag);
            rest.push(&digest);
            (head, rest)
        }
        _ => (name, digest),
    }
}

fn put_in_place(
    image: &PodImage,
    name: &Template,
    rest: &Template,
    given: &ImageOverride,
) -> Spanned<Template> {
    let new_name = given.new_name.as_ref();
    let mut put = new_name.map_or_else(|| name.clone(), |name| name.value.clone());
    match (&given.digest, &given.new_tag) {
        (Some(digest), _) => {
            put.push_literal("@");
            put.push(&digest.value);
        }
        (None, Some(tag)) => {
            put.push_literal(":");
            put.push(&tag.value);
        }
        (None, None) => put.push(rest),
    }
    let place = new_name
        .or(given.new_tag.as_ref())
        .or(given.digest.as_ref());
    Spanned::new(put, place.map_or(image.written.loc, |given| given.loc))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::kubernetes::{Pod, PodContainer};
    use crate::model::origin::Origin;
    use crate::source::Loc;

    fn at(text: &str) -> Spanned<Template> {
        Spanned::new(Template::literal(text), Loc::NOWHERE)
    }

    fn pod(path: &str, image: &str) -> Pod {
        Pod {
            origin: Origin::alone(Loc::NOWHERE, "Pod/p", path),
            namespace: None,
            service_account: None,
            containers: vec![PodContainer {
                loc: Loc::NOWHERE,
                name: None,
                image: Some(PodImage::new(at(image))),
                environment: Vec::new(),
                command: Vec::new(),
            }],
            image_volumes: Vec::new(),
            pull_secrets: Vec::new(),
            architectures: Vec::new(),
            is_fragment: false,
        }
    }

    /// `name newName newTag digest`, `-` for none.
    fn kustomization(path: &str, resources: &[&str], images: &[&str]) -> Kustomization {
        let image = |text: &&str| {
            let mut words = text.split(' ').map(|word| (word != "-").then(|| at(word)));
            let mut next = || words.next().flatten();
            ImageOverride {
                name: next().expect("a name"),
                new_name: next(),
                new_tag: next(),
                digest: next(),
            }
        };
        Kustomization {
            origin: Origin::alone(Loc::NOWHERE, path, path),
            resources: resources.iter().map(|path| at(path)).collect(),
            images: images.iter().map(image).collect(),
            patches: Vec::new(),
            changes_more: false,
        }
    }

    fn pulled(pods: Vec<Pod>, kustomizations: Vec<Kustomization>) -> Vec<String> {
        let mut facts = Facts {
            pods,
            kustomizations,
            ..Facts::default()
        };
        apply(&mut facts);
        let shown = facts.pods.iter().map(|pod| {
            let images = pod.images().map(|image| image.pulled().value.to_string());
            let part = if pod.is_fragment { " …" } else { "" };
            format!("{}{part}", images.collect::<String>())
        });
        shown.collect()
    }

    #[test]
    fn an_overlay_renames_images_of_its_base() {
        for (image, given, expected) in [
            ("app", "app host/app v2", "host/app:v2"),
            ("app:v1", "app host/app", "host/app:v1"),
            ("app:v1", "app - v2", "app:v2"),
            ("app:v1@sha256:0f", "app - v2", "app:v2"),
            ("app:v1", "app - v2 sha256:0f", "app@sha256:0f"),
            ("host:5000/app:v1", "host:5000/app - v2", "host:5000/app:v2"),
            ("app:v1", "other host/app v2", "app:v1"),
        ] {
            let found = pulled(
                vec![pod("k/base/app.yaml", image)],
                vec![
                    kustomization("k/base/kustomization.yaml", &["app.yaml"], &[]),
                    kustomization("k/prod/kustomization.yaml", &["../base"], &[given]),
                ],
            );
            assert_eq!(found, [expected], "{image} {given}");
        }
    }

    #[test]
    fn overlays_that_differ_leave_it_open() {
        let overlay = |name: &str, tag: &str| {
            kustomization(
                &format!("{name}/kustomization.yaml"),
                &["../base/app.yaml", "../base/other.yaml"],
                &[&format!("app host/app {tag}")],
            )
        };
        let pods = vec![pod("base/app.yaml", "app"), pod("else/app.yaml", "app")];
        assert_eq!(
            pulled(pods.clone(), vec![overlay("a", "v1"), overlay("b", "v1")]),
            ["host/app:v1", "app"]
        );
        let open = pulled(pods, vec![overlay("a", "v1"), overlay("b", "v2")]);
        assert_eq!(open, ["app", "app"], "shown as it was, but a hole");
    }

    #[test]
    fn circles_end_and_patches_leave_pods_open() {
        let mut one = kustomization("a/kustomization.yaml", &["../b", "../a"], &["x y"]);
        one.changes_more = true;
        let two = kustomization("b/kustomization.yaml", &["../a", "p.yaml"], &[]);
        assert_eq!(pulled(vec![pod("b/p.yaml", "x")], vec![one, two]), ["y …"]);
    }
}
