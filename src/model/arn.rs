//! ARNs and ARN patterns.
