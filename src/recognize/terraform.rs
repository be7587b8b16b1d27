//! Terraform and OpenTofu: modules are evaluated as far as their files tell, and their resources lowered.
//!
//! | file | does |
//! |---|---|
//! | [`instance`] | one resource or data source, evaluated |
//! | [`lower`] | evaluated resources → declared resources; attributes that follow from arguments |

pub mod instance;
pub mod lower;
