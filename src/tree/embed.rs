//! Trees inside strings.
