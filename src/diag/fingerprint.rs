//! What tells a finding from another.
