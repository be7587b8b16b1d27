//! Whole runs over CloudFormation templates that concern no rule in particular.

mod support;

use ecrlint::rules::meta::Profile;
use ecrlint::{Input, lint};
use support::{listing, profile, registry};

#[test]
fn every_value_from_outside_is_a_hole_and_no_finding() {
    // The same template with every literal of interest replaced by an input.
    let text = "
Parameters: {A: {Type: String}, B: {Type: String}, L: {Type: CommaDelimitedList}}
Resources:
  Repository: {Type: AWS::ECR::Repository, Properties: {RepositoryName: !Ref A, RepositoryPolicyText: !Ref A}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Ref A
      AssumeRolePolicyDocument: !Ref A
      ManagedPolicyArns: !Ref L
      Policies: [{PolicyName: !Ref A, PolicyDocument: {Version: !Ref A, Statement: [{Sid: !Ref A, Effect: !Ref A, Action: !Ref L, Resource: !Ref L, Condition: {StringEquals: {a: !Ref A}}}, !Ref A]}}]
  Policy: {Type: AWS::IAM::Policy, Properties: {PolicyName: !Ref A, Roles: !Ref L, PolicyDocument: {Version: '2012-10-17', Statement: !Ref A}}}
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: !Ref A
      RequiresCompatibilities: !Ref L
      ExecutionRoleArn: !Ref A
      TaskRoleArn: !Ref B
      ContainerDefinitions: [{Name: !Ref A, Image: !Ref A, Environment: !Ref L, LogConfiguration: !Ref A}, !Ref A]
  Endpoint: {Type: AWS::EC2::VPCEndpoint, Properties: {VpcId: !Ref A, ServiceName: !Ref A, VpcEndpointType: !Ref A, PolicyDocument: !Ref A, SubnetIds: !Ref L}}
";
    let run = lint(
        vec![Input::text("t.yaml", text)],
        &registry(),
        &profile(Profile::Pedantic),
    );
    let found = listing(&run);
    assert!(found.is_empty(), "{found}");
}
