//! What is known of a request that a service of AWS makes by itself: Lambda for the image of a function, CodeBuild for that of
//! a build environment.

use super::Finder;
use crate::iam::{Context, Fact};
use crate::link::flow::{ActorKind, Source};

impl Finder<'_> {
    /// In its own account Lambda adds its statement to the repository's policy, if whoever creates the function may
    /// (<https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#gettingstarted-images-permissions>).
    pub(super) fn lambda_may_mend_the_policy(&self) -> bool {
        let crosses = self.actor.account.as_ref().is_some_and(|account| {
            let owner = self.registry().account;
            *account != owner && account.is_known() && owner.is_known()
        });
        self.actor.kind == ActorKind::LambdaService && !crosses
    }

    /// What a service says of the resource for which it asks: the ARN of the function or project, and its account.
    pub(super) fn source_of_service(&self, context: &mut Context) {
        let facts = &self.workspace.facts;
        let asked_for = match self.flow.source {
            Source::Function(at) => facts
                .functions
                .get(at)
                .map(|one| ("lambda", "function:", &one.origin, &one.name)),
            Source::Build(at) => facts
                .build_projects
                .get(at)
                .map(|one| ("codebuild", "project/", &one.origin, &one.name)),
            _ => None,
        };
        let Some((service, prefix, origin, name)) = asked_for else {
            return;
        };
        let scope = &origin.scope;
        let account = self.actor.account.as_ref().unwrap_or(&scope.account);
        let known = || {
            Some((
                scope.partition.as_literal()?,
                scope.region.as_literal()?,
                account.as_literal()?,
                name.as_ref()?.value.as_literal()?,
            ))
        };
        let arn = known().map_or(Fact::Present, |(partition, region, account, name)| {
            let arn = format!("arn:{partition}:{service}:{region}:{account}:{prefix}{name}");
            Fact::Values(vec![arn])
        });
        context.set("aws:SourceArn", arn);
        let account = account.as_literal().map_or(Fact::Present, |account| {
            Fact::Values(vec![account.to_string()])
        });
        context.set("aws:SourceAccount", account);
    }
}
