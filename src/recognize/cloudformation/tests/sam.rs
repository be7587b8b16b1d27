//! What SAM and the Serverless Framework make of a template.

use super::{lower, parsed, shown};

fn resources(text: &str) -> Vec<String> {
    let parsed = parsed(text);
    let readings = lower(&parsed, text);
    readings[0]
        .iter()
        .map(|one| {
            format!(
                "{} {} {}",
                one.kind,
                one.origin.label,
                shown(&one.properties)
            )
        })
        .collect()
}

#[test]
fn a_function_takes_over_globals_and_gets_a_role() {
    let text = "
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Timeout: 3, PackageType: Image}
Resources:
  Api:
    Type: AWS::Serverless::Function
    Properties:
      ImageUri: !Sub '${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/api:v1'
      Timeout: 9
      Policies:
        - AmazonSSMReadOnlyAccess
        - arn:aws:iam::aws:policy/AdministratorAccess
        - NoSuchPolicyAtAll
        - S3ReadPolicy: {BucketName: x}
        - Statement: [{Effect: Allow, Action: 'ecr:*', Resource: '*'}]
  Own:
    Type: AWS::Serverless::Function
    Properties: {Role: !GetAtt ApiRole.Arn}
";
    let found = resources(text);
    let trust = "{Version: 2012-10-17, Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, \
        Action: sts:AssumeRole}]}";
    assert_eq!(found.len(), 3);
    assert_eq!(
        found[0].replace(trust, "TRUST"),
        "AWS::IAM::Role ApiRole {AssumeRolePolicyDocument: TRUST, ManagedPolicyArns: \
         [arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole, \
         arn:aws:iam::aws:policy/AmazonSSMReadOnlyAccess, \
         arn:aws:iam::aws:policy/AdministratorAccess, ⟨Api.NoSuchPolicyAtAll⟩], Policies: \
         [{PolicyName: Policy0, PolicyDocument: ⟨Api.S3ReadPolicy@407⟩}, {PolicyName: Policy1, PolicyDocument: \
         {Statement: [{Effect: Allow, Action: ecr:*, Resource: *}]}}]}"
    );
    assert_eq!(
        found[1],
        "AWS::Lambda::Function Api {Code: {ImageUri: ⟨account⟩.dkr.ecr.⟨region⟩.amazonaws.com/api:v1}, \
         Timeout: 9, PackageType: Image}"
    );
    assert!(
        found[2].starts_with("AWS::Lambda::Function Own {Role: ") && found[2].contains("ApiRole"),
        "{}",
        found[2]
    );
}

#[test]
fn an_image_that_sam_builds_is_not_known() {
    let text = "
Resources:
  F:
    Type: AWS::Serverless::Function
    Metadata: {Dockerfile: Dockerfile}
    Properties: {PackageType: Image, Role: x}
";
    assert_eq!(
        resources(text),
        ["AWS::Lambda::Function F {PackageType: Image, Role: x, Code: {ImageUri: ⟨F.ImageUri⟩}}"]
    );
}

#[test]
fn templates_of_the_serverless_framework_are_found() {
    let text = "
service: app
provider:
  name: aws
  iam: {role: {statements: [{Effect: Allow, Action: 'ecr:GetAuthorizationToken', Resource: '*'}]}}
resources:
  - Resources: {Repo: {Type: AWS::ECR::Repository, Properties: {RepositoryName: 'app-${self:provider.stage}'}}}
  - ${file(more.yml)}
";
    let parsed = parsed(text);
    let root = &parsed.documents[0].root;
    assert!(super::super::serverless::is_configuration(root));
    let templates = super::super::serverless::templates(root);
    let found: Vec<String> = templates
        .iter()
        .flat_map(|template| {
            super::lowered(template, "x".to_string(), text, &super::Given::default())
        })
        .flatten()
        .map(|one| format!("{} {}", one.origin.label, shown(&one.properties)))
        .collect();
    assert_eq!(found.len(), 2);
    assert_eq!(
        found[0],
        "Repo {RepositoryName: app-${self:provider.stage}}"
    );
    assert!(found[1].starts_with("IamRoleLambdaExecution {AssumeRolePolicyDocument: "));
    assert!(
        found[1].contains(
            "Statement: [{Effect: Allow, Action: ecr:GetAuthorizationToken, Resource: *}]"
        )
    );
}
