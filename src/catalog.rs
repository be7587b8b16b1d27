//! What AWS publishes: embedded, dated facts.
