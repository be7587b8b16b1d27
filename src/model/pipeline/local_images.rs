//! What earlier commands of a job left on its machine: images that need no pull, and files that are no longer those of the
//! repository.

use crate::model::template::Template;

/// Images that exist on the machine without a pull: those that earlier commands built or tagged.
#[derive(Clone, Debug, Default)]
pub struct LocalImages {
    names: Vec<Template>,
    /// Whether images may be there that nothing in sight names (`docker load`).
    is_open: bool,
    /// Whether Dockerfiles or compose files may have been written since the checkout.
    has_changed_files: bool,
}

/// Most names that are remembered, so that looking one up stays cheap whatever a file holds.
const MAX_LOCAL_IMAGES: usize = 500;

impl LocalImages {
    /// Notes an image that was built or tagged. Beyond the limit any image may be there.
    pub fn add(&mut self, name: Template) {
        if self.names.len() < MAX_LOCAL_IMAGES {
            self.names.push(name);
        } else {
            self.is_open = true;
        }
    }

    /// Notes that any image may be there.
    pub fn open(&mut self) {
        self.is_open = true;
    }

    /// Whether `image` may be there already.
    pub fn may_hold(&self, image: &Template) -> bool {
        self.is_open || self.names.iter().any(|name| may_be_equal(name, image))
    }

    /// Notes that a Dockerfile or compose file was written.
    pub fn note_changed_files(&mut self) {
        self.has_changed_files = true;
    }

    /// Whether Dockerfiles and compose files may differ from those in the tree.
    pub fn has_changed_files(&self) -> bool {
        self.has_changed_files
    }

    /// The same images, their names changed.
    #[must_use]
    pub fn map(&self, change: &dyn Fn(&Template) -> Template) -> LocalImages {
        LocalImages {
            names: self.names.iter().map(change).collect(),
            is_open: self.is_open,
            has_changed_files: self.has_changed_files,
        }
    }
}

/// Whether some values of the holes make two templates the same text. Errs on the side of yes.
fn may_be_equal(a: &Template, b: &Template) -> bool {
    if let (Some(a), Some(b)) = (a.as_literal(), b.as_literal()) {
        return a == b;
    }
    let starts = a.prefix().starts_with(b.prefix()) || b.prefix().starts_with(a.prefix());
    let ends = a.suffix().ends_with(b.suffix()) || b.suffix().ends_with(a.suffix());
    let starts_known = |known: &Template, open: &Template| {
        known.as_literal().is_none_or(|text| {
            text.starts_with(open.prefix())
                && text.ends_with(open.suffix())
                && text.len() >= open.prefix().len() + open.suffix().len()
        })
    };
    starts && ends && starts_known(a, b) && starts_known(b, a)
}
