//! Facts as trees, for selectors.
