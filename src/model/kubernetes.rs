//! Objects of Kubernetes that have to do with images: pods, pull secrets, and what changes the images of others.
//!
//! <https://kubernetes.io/docs/concepts/containers/images/>

use super::docker::StoredLogin;
use super::origin::Origin;
use super::template::Template;
use crate::source::{Loc, Spanned};

/// A pod, or the template of pods in an object that makes them.
#[derive(Clone, Debug)]
pub struct Pod {
    /// Where it is declared: `Deployment/app`.
    pub origin: Origin,
    /// Namespace, where given.
    pub namespace: Option<Spanned<Template>>,
    /// Its service account; `default` where none is given.
    pub service_account: Option<Spanned<Template>>,
    /// Its containers: those that run first, those that stay, those that people add to look inside.
    pub containers: Vec<PodContainer>,
    /// Images that it mounts as volumes, which are pulled like those of containers
    /// (<https://kubernetes.io/docs/tasks/configure-pod-container/image-volumes/>).
    pub image_volumes: Vec<PodImage>,
    /// Names of `imagePullSecrets`.
    pub pull_secrets: Vec<Spanned<Template>>,
    /// The architectures of the nodes that it may run on, as the node label `kubernetes.io/arch` has them: `amd64`, `arm64`.
    /// Empty where it may run on any, or on what could not be read.
    pub architectures: Vec<Spanned<Template>>,
    /// Whether it is a part of an object that stands elsewhere (a patch), or may be changed from elsewhere, so that nothing
    /// may be concluded from what is absent.
    pub is_fragment: bool,
}

/// A container of a [`Pod`].
#[derive(Clone, Debug)]
pub struct PodContainer {
    /// The whole container.
    pub loc: Loc,
    /// Its name.
    pub name: Option<Spanned<Template>>,
    /// Its image, if it names one.
    pub image: Option<PodImage>,
    /// `env`: names and values, without those that come from elsewhere.
    pub environment: Vec<(Spanned<String>, Spanned<Template>)>,
    /// `command` and `args`, as written.
    pub command: Vec<Spanned<Template>>,
}

/// An image that a pod names.
#[derive(Clone, Debug)]
pub struct PodImage {
    /// As written.
    pub written: Spanned<Template>,
    /// What a kustomization puts in its place, where one does.
    pub instead: Option<Spanned<Template>>,
}

impl PodImage {
    /// An image that nothing replaces, as far as is known.
    pub fn new(written: Spanned<Template>) -> PodImage {
        PodImage {
            written,
            instead: None,
        }
    }

    /// The image that is pulled.
    pub fn pulled(&self) -> &Spanned<Template> {
        self.instead.as_ref().unwrap_or(&self.written)
    }
}

impl Pod {
    /// Every image it names.
    pub fn images(&self) -> impl Iterator<Item = &PodImage> {
        let of_containers = self.containers.iter();
        of_containers
            .filter_map(|container| container.image.as_ref())
            .chain(&self.image_volumes)
    }

    /// The same, to be changed.
    pub fn images_mut(&mut self) -> impl Iterator<Item = &mut PodImage> {
        let of_containers = self.containers.iter_mut();
        of_containers
            .filter_map(|container| container.image.as_mut())
            .chain(&mut self.image_volumes)
    }
}

/// A secret with logins to registries, or what makes one.
///
/// <https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/>
#[derive(Clone, Debug)]
pub struct PullSecret {
    /// Where it is declared.
    pub origin: Origin,
    /// Namespace, where given.
    pub namespace: Option<Spanned<Template>>,
    /// Its name.
    pub name: Spanned<Template>,
    /// Where its logins come from.
    pub source: PullSecretSource,
    /// The registries in it, and where the password for each stands.
    pub logins: Vec<StoredLogin>,
    /// Whether every registry in it was read.
    pub complete: bool,
}

/// Where the logins of a [`PullSecret`] come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PullSecretSource {
    /// They stand in the object itself. A token of ECR is valid for 12 hours
    /// (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html>).
    Written,
    /// A generator of External Secrets fetches a token of ECR, again and again
    /// (<https://external-secrets.io/latest/api/generator/ecr/>).
    Generator,
    /// A command in a pod makes it; a `CronJob` does so again and again.
    Command {
        /// Whether it runs by a schedule.
        is_scheduled: bool,
    },
}

/// A `Secret` or `ConfigMap` that holds access keys.
#[derive(Clone, Debug)]
pub struct ConfigObject {
    /// Where it is declared: `Secret/app`.
    pub origin: Origin,
    /// Its values that may be parts of access keys, those of a secret decoded.
    pub values: Vec<(Spanned<String>, Spanned<Template>)>,
}

/// A kustomization: manifests that are deployed together, and what is changed in them.
///
/// <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/>
#[derive(Clone, Debug)]
pub struct Kustomization {
    /// Where it stands; the label is its path.
    pub origin: Origin,
    /// Files and folders that it deploys, relative to its own folder.
    pub resources: Vec<Spanned<Template>>,
    /// Images that it renames.
    pub images: Vec<ImageOverride>,
    /// Files that change the objects of `resources`, relative to its own folder.
    pub patches: Vec<Spanned<Template>>,
    /// Whether it changes objects in ways that are not read: patches, components, transformers.
    pub changes_more: bool,
}

/// An entry of `images` of a [`Kustomization`].
#[derive(Clone, Debug)]
pub struct ImageOverride {
    /// The image as its base names it, without tag and digest.
    pub name: Spanned<Template>,
    /// What it is called instead.
    pub new_name: Option<Spanned<Template>>,
    /// The tag it gets.
    pub new_tag: Option<Spanned<Template>>,
    /// The digest it gets.
    pub digest: Option<Spanned<Template>>,
}
