//! From diagnostics to bytes.
