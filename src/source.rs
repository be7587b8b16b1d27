//! Where things stand: files, byte spans, and the only reader of directories.

pub mod base64;
pub mod discover;
pub mod file_name;
pub mod path_pattern;
pub mod read;
pub mod redact;
pub mod shown;
pub mod span;

pub use span::{LineIndex, Loc, Position, Span, Spanned};

/// Names one file of a [`SourceMap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

impl FileId {
    /// The id of no file; see [`Loc::NOWHERE`].
    pub const NONE: FileId = FileId(u32::MAX);
}

/// One file that was read: its path as the user sees it, its text, and where its lines start.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Path relative to the working directory, with `/`.
    pub path: String,
    /// The whole text, byte order mark included, so that offsets are those of the file.
    pub text: String,
    /// Line starts of `text`.
    pub lines: LineIndex,
}

impl SourceFile {
    /// A file with this path and text.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        SourceFile {
            path: path.into(),
            lines: LineIndex::new(&text),
            text,
        }
    }

    /// Line and column of a byte offset.
    pub fn position(&self, offset: u32) -> Position {
        self.lines.position(&self.text, offset)
    }
}

/// Every file of a run, by [`FileId`].
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// An empty map.
    pub fn new() -> Self {
        SourceMap::default()
    }

    /// Adds a file and names it.
    pub fn add(&mut self, file: SourceFile) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(file);
        id
    }

    /// The file of that name, or `None` for [`FileId::NONE`].
    pub fn get(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(id.0 as usize)
    }

    /// Every file with its id, in the order added.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files
            .iter()
            .enumerate()
            .map(|(at, file)| (FileId(u32::try_from(at).unwrap_or(u32::MAX)), file))
    }

    /// The path of a file, or the empty text for [`FileId::NONE`].
    pub fn path(&self, id: FileId) -> &str {
        self.get(id).map_or("", |file| file.path.as_str())
    }

    /// The text at `loc`, or the empty text where the place does not exist.
    pub fn slice(&self, loc: Loc) -> &str {
        self.get(loc.file)
            .and_then(|file| file.text.get(loc.span.range()))
            .unwrap_or("")
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no file.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}
