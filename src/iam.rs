//! What AWS would answer.
