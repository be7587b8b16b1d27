//! What documents declare, in AWS's own nouns, whatever syntax they were written in.
//!
//! Recognizers fill [`Facts`]; rules read them. A value that only deploy time knows is a hole in a
//! [`Template`](template::Template) and never a guess.

pub mod access_key;
pub mod arn;
pub mod endpoint;
pub mod image;
pub mod pipeline;
pub mod policy;
pub mod task;
pub mod template;
pub mod view;

use endpoint::VpcEndpoint;
use pipeline::Pipeline;
use policy::Policy;
use task::TaskDefinition;

/// Everything that was recognized in the files of one run, still unlinked.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// IAM policy documents of every layer.
    pub policies: Vec<Policy>,
    /// ECS task definitions.
    pub tasks: Vec<TaskDefinition>,
    /// VPC endpoints, from descriptions and templates.
    pub endpoints: Vec<VpcEndpoint>,
    /// Workflows and composite actions.
    pub pipelines: Vec<Pipeline>,
}

impl Facts {
    /// Adds the facts of another document after these.
    pub fn append(&mut self, other: Facts) {
        self.policies.extend(other.policies);
        self.tasks.extend(other.tasks);
        self.endpoints.extend(other.endpoints);
        self.pipelines.extend(other.pipelines);
    }

    /// Whether nothing was recognized.
    pub fn is_empty(&self) -> bool {
        self.policies.is_empty()
            && self.tasks.is_empty()
            && self.endpoints.is_empty()
            && self.pipelines.is_empty()
    }
}
