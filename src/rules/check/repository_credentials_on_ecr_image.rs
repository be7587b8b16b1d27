//! ECR312: a stored password for a registry that takes none.

use super::super::Context;
use crate::diag::{Diagnostic, quote};
use crate::model::image::ImageRef;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for task in &cx.workspace.facts.tasks {
        for container in &task.containers {
            let (Some(credentials), Some(written)) =
                (container.repository_credentials, &container.image)
            else {
                continue;
            };
            let Some(image) = ImageRef::parse(&written.value).filter(ImageRef::is_private_ecr)
            else {
                continue;
            };
            let name = container.name.as_ref().map_or_else(
                || "a container".to_string(),
                |name| format!("container {}", quote(&name.value.to_string())),
            );
            out.push(
                cx.diagnostic(
                    credentials,
                    format!(
                        "{name} has registry credentials for {}, which lies in a private ECR registry",
                        quote(&image.repository.to_string())
                    ),
                )
                .label("ECS logs in with this secret instead of the execution role")
                .related(written.loc, "this image needs no stored password")
                .identity(image.repository.to_string()),
            );
        }
    }
}
