//! Decisions not to hear a finding.
