//! A rule file.
