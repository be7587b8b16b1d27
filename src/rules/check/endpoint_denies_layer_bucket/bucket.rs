//! An ARN that means the layer bucket: `arn:<partition>:s3:::prod-<region>-starport-layer-bucket/*`.

use super::super::reading::{self, UNKNOWN};
use crate::catalog::{self, Standing};
use crate::diag::quote;
use crate::iam;
use crate::model::arn;
use crate::model::template::Template;

const HEAD: &str = "prod-";
const TAIL: &str = "-starport-layer-bucket";

/// Whether a resource means the layer bucket: it has the name's end, or its beginning and the word that makes it.
pub(super) fn is_meant(resource: &Template) -> bool {
    let text = reading::masked(resource);
    text.contains("starport-layer-bucket")
        || (text.contains(":::prod-") && text.contains("-starport-"))
}

/// Such an ARN in parts; unknown stretches are [`UNKNOWN`] characters.
pub(super) struct Bucket {
    /// Whether a placeholder in angle brackets stands in it.
    copied: bool,
    text: String,
    partition: String,
    name: String,
    objects: Option<String>,
}

/// What is wrong with it.
pub(super) struct Slip {
    /// Whether something may yet fill it in.
    pub(super) is_open: bool,
    /// "names …".
    pub(super) what: String,
    /// The ARN that was meant, if that can be told.
    pub(super) instead: Option<String>,
}

impl Bucket {
    pub(super) fn of(resource: &Template) -> Bucket {
        // The documentation writes `<region>`, and that is what gets copied.
        let copied = resource
            .holes()
            .any(|hole| hole.text == format!("<{}>", hole.name));
        let fields = arn::fields(resource);
        let field = |at: usize| fields.get(at).map(reading::masked).unwrap_or_default();
        let path = field(5);
        let (name, objects) = match path.split_once('/') {
            Some((name, objects)) => (name.to_string(), Some(objects.to_string())),
            None => (path, None),
        };
        Bucket {
            copied,
            text: resource.to_string(),
            partition: field(1),
            name,
            objects,
        }
    }

    /// What keeps it from matching the objects of the layer bucket, in the endpoint's Region if that is known.
    pub(super) fn slip(&self, home: Option<&str>) -> Option<Slip> {
        let region = self
            .name
            .strip_prefix(HEAD)
            .and_then(|rest| rest.strip_suffix(TAIL));
        let Some(region) = region else {
            return self.name_slip(home);
        };
        if self.copied && region.contains(UNKNOWN) {
            return Some(Slip {
                is_open: true,
                what: "names the Region of the layer bucket by a placeholder".to_string(),
                instead: home.and_then(arn_of),
            });
        }
        let meant = home.or(Some(region).filter(|region| catalog::region(region).is_some()));
        let is_open = region.contains(['*', '?', UNKNOWN]) || region.contains("${");
        if !is_open && matches!(catalog::standing_of_region(region), Standing::Impossible) {
            return Some(Slip {
                is_open: false,
                what: format!(
                    "names the layer bucket of {}, which is no Region",
                    quote(region)
                ),
                instead: home.and_then(arn_of),
            });
        }
        if let Some(home) = home.filter(|home| !is_open && *home != region) {
            return Some(Slip {
                is_open: false,
                what: format!(
                    "names the layer bucket of {}, but the endpoint is in {}",
                    quote(region),
                    quote(home)
                ),
                instead: arn_of(home),
            });
        }
        let partition = meant.and_then(catalog::partition_of_region);
        if let Some(partition) = partition.filter(|partition| self.is_of_another(partition.name)) {
            return Some(Slip {
                is_open: false,
                what: format!(
                    "lies in partition {}, but its Region is one of {}",
                    quote(&self.partition),
                    quote(partition.name)
                ),
                instead: meant.and_then(arn_of),
            });
        }
        self.objects_slip()
    }

    fn is_of_another(&self, partition: &str) -> bool {
        let is_open = self.partition.contains(UNKNOWN) || self.partition.contains("${");
        !is_open && !iam::glob_matches(&self.partition, partition)
    }

    /// A name that is not quite the bucket's. Wildcards in it may still reach the bucket.
    fn name_slip(&self, home: Option<&str>) -> Option<Slip> {
        let is_open = self.name.contains(['*', '?', UNKNOWN]) || self.name.contains("${");
        if is_open {
            return if self.name.ends_with('*') {
                None
            } else {
                self.objects_slip()
            };
        }
        Some(Slip {
            is_open: false,
            what: "is not the name of the layer bucket".to_string(),
            instead: Some(
                home.and_then(arn_of)
                    .unwrap_or_else(|| format!("arn:aws:s3:::{HEAD}<region>{TAIL}/*")),
            ),
        })
    }

    /// Layers are objects, and the bucket alone matches none of them.
    fn objects_slip(&self) -> Option<Slip> {
        let is_closed = self.objects.is_none()
            && !self.name.ends_with(['*', UNKNOWN])
            && !self.name.ends_with('}');
        is_closed.then(|| Slip {
            is_open: false,
            what: "names the layer bucket and not the layers in it".to_string(),
            instead: Some(format!("{}/*", self.text)),
        })
    }
}

fn arn_of(region: &str) -> Option<String> {
    catalog::partition_of_region(region).map(|partition| partition.layer_bucket_arn(region))
}
