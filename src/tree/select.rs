//! JSONPath over the tree.
