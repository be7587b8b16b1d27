//! The reader of directories.
