//! From a template to facts: what refers to each other is equal.

use super::{PATH, parsed};
use crate::model::Facts;
use crate::recognize::{Subject, recognize};

fn facts(text: &str) -> Facts {
    let parsed = parsed(text);
    let document = parsed.documents.first().expect("a document");
    let subject = Subject {
        path: PATH,
        text,
        document,
    };
    let (_, recognized) = recognize(&subject).expect("a template");
    assert!(recognized.problems.is_empty(), "{:?}", recognized.problems);
    recognized.facts
}

const SERVICE: &str = "
AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Vpc: {Type: AWS::EC2::VPC::Id}
  Subnets: {Type: List<AWS::EC2::Subnet::Id>}
Resources:
  Repository: {Type: AWS::ECR::Repository, Properties: {RepositoryName: shop}}
  Made: {Type: AWS::ECR::Repository}
  Execution:
    Type: AWS::IAM::Role
    Properties:
      Path: /ecs/
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: 'sts:AssumeRole'}]
      ManagedPolicyArns:
        - !Sub arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
        - !Ref Extra
  Extra:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: 'ssm:GetParameters', Resource: '*'}]}
  More:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: more
      Roles: [!Ref Execution]
      PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: 'logs:PutLogEvents', Resource: '*'}]}
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: shop
      RequiresCompatibilities: [FARGATE]
      ExecutionRoleArn: !GetAtt Execution.Arn
      TaskRoleArn: !Sub arn:aws:iam::${AWS::AccountId}:role/ecs/${Execution}
      ContainerDefinitions:
        - {Name: web, Image: !Sub '${Repository.RepositoryUri}:v1'}
        - {Name: log, Image: !Join ['', [!Ref AWS::AccountId, '.dkr.ecr.', !Ref AWS::Region, .amazonaws.com/shop:v1]]}
        - {Name: job, Image: !Sub '${Made.RepositoryUri}:v1'}
  Service:
    Type: AWS::ECS::Service
    Properties:
      TaskDefinition: !Ref Task
      LaunchType: FARGATE
      NetworkConfiguration: {AwsvpcConfiguration: {Subnets: !Ref Subnets, SecurityGroups: [!GetAtt Group.GroupId]}}
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {VpcId: !Ref Vpc, GroupDescription: x}}
  Endpoint:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcId: !Ref Vpc
      ServiceName: !Sub com.amazonaws.${AWS::Region}.ecr.dkr
      VpcEndpointType: Interface
      SubnetIds: !Ref Subnets
      SecurityGroupIds: [!Ref Group]
";

#[test]
fn what_refers_to_each_other_is_equal() {
    let facts = facts(SERVICE);
    let [role] = facts.roles.as_slice() else {
        panic!("one role");
    };
    let [task] = facts.tasks.as_slice() else {
        panic!("one task");
    };
    assert_eq!(
        role.arn.to_string(),
        "arn:aws:iam::${AWS::AccountId}:role/ecs/<Execution>"
    );
    assert_eq!(
        task.execution_role.as_ref().map(|it| &it.value),
        Some(&role.arn)
    );
    assert_eq!(task.task_role.as_ref().map(|it| &it.value), Some(&role.arn));
    assert!(role.unread.is_empty() && role.managed.len() == 2);
    let [policy] = facts.managed_policies.as_slice() else {
        panic!("one managed policy");
    };
    assert!(role.managed.iter().any(|arn| arn.value == policy.arn));
    let [attachment] = facts.attachments.as_slice() else {
        panic!("one attachment");
    };
    assert_eq!(attachment.to[0].value, role.name.value);
    let images: Vec<_> = task
        .containers
        .iter()
        .filter_map(|container| container.image.as_ref())
        .map(|image| &image.value)
        .collect();
    assert_eq!(images[0], images[1]);
    assert_eq!(
        images[0].to_string(),
        "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/shop:v1"
    );
    let made = images[2]
        .rsplit_once(':')
        .and_then(|(uri, _)| uri.split_once('/'));
    assert_eq!(
        made.map(|(_, name)| name),
        Some(facts.repositories[1].name.value.clone())
    );
    let [service] = facts.services.as_slice() else {
        panic!("one service");
    };
    let definition = service.task_definition.as_ref().expect("a task definition");
    assert_eq!(Some(&definition.value), task.arn.as_ref());
    let [endpoint] = facts.endpoints.as_slice() else {
        panic!("one endpoint");
    };
    assert_eq!(
        service.security_groups[0].value,
        endpoint.security_groups[0].value
    );
    assert_eq!(
        service.subnets.first().map(|it| &it.value),
        endpoint.subnets.first().map(|it| &it.value)
    );
    assert_eq!(
        endpoint.vpc.as_ref().map(|it| &it.value),
        facts.security_groups[0].vpc.as_ref().map(|it| &it.value)
    );
}
