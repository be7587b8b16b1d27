//! Each function, in both notations.

use super::evaluated;
use crate::tree::Why;

const SECTIONS: &str = "
Parameters:
  Env: {Type: String}
  Tag: {Type: String, Default: latest}
  Port: {Type: Number, Default: 8080}
  Nets: {Type: List<AWS::EC2::Subnet::Id>, Default: 'subnet-1, subnet-2'}
  Open: {Type: CommaDelimitedList}
  Ami: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /aws/ami}
  Secret: {Type: String, NoEcho: true, Default: hunter2}
  Empty: {Type: String, Default: ''}
Mappings:
  Accounts:
    dev: {Id: '111122223333', Zone: a, List: [x, y]}
    prod: {Id: '444455556666', Zone: a, List: [z]}
Conditions:
  Yes: !Equals [a, a]
  No: !Not [!Condition Yes]
  Open: !Equals [!Ref Env, !Select [0, !GetAZs '']]
";

fn yaml(value: &str) -> String {
    format!(
        "{SECTIONS}
Resources:
  Repo: {{Type: AWS::ECR::Repository}}
  Table: {{Type: AWS::Mystery::Thing}}
  Child: {{Type: AWS::CloudFormation::Stack}}
  R:
    Type: AWS::IAM::Role
    Properties:
      X: {value}
"
    )
}

#[track_caller]
fn check(table: &[(&str, &str)]) {
    for (value, expected) in table {
        assert_eq!(evaluated(&yaml(value)), *expected, "{value}");
    }
}

#[test]
fn references_to_parameters() {
    check(&[
        ("!Ref Env", "⟨Env⟩"),
        ("{Ref: Env}", "⟨Env⟩"),
        ("!Ref Tag", "latest"),
        ("{Ref: Tag}", "latest"),
        ("!Ref Port", "8080"),
        ("!Ref Nets", "[subnet-1, subnet-2]"),
        ("!Ref Open", "⟨Open⟩"),
        ("!Ref Ami", "⟨Ami⟩"),
        ("!Ref Secret", "⟨Secret⟩"),
        ("!Ref Empty", ""),
        ("!Ref AWS::AccountId", "⟨account⟩"),
        ("{Ref: 'AWS::Region'}", "⟨region⟩"),
        ("!Ref AWS::Partition", "aws"),
        ("!Ref AWS::URLSuffix", "amazonaws.com"),
        ("!Ref AWS::StackName", "⟨AWS::StackName⟩"),
        ("!Ref Nobody", "⟨Nobody⟩"),
        ("[a, !Ref AWS::NoValue, b]", "[a, b]"),
        (
            "{a: !Ref 'AWS::NoValue', b: {Ref: 'AWS::NoValue'}, c: 1}",
            "{c: 1}",
        ),
    ]);
    assert_eq!(evaluated(&yaml("!Ref AWS::NoValue")), "-");
}

#[test]
fn substitutions() {
    check(&[
        ("!Sub 'a'", "a"),
        ("!Sub 'a-${Env}-${Tag}.'", "a-⟨Env⟩-latest."),
        ("{'Fn::Sub': 'a-${Env}'}", "a-⟨Env⟩"),
        (
            "!Sub '${!aws:username} ${!x}${Tag}'",
            "${aws:username} ${x}latest",
        ),
        (
            "!Sub '${AWS::AccountId}.dkr.ecr.${AWS::Region}.x'",
            "⟨account⟩.dkr.ecr.⟨region⟩.x",
        ),
        (
            "!Sub ['${A}/${Tag}/${B}', {A: !Ref Env, B: 7}]",
            "⟨Env⟩/latest/7",
        ),
        (
            "{'Fn::Sub': ['${A}', {A: {'Fn::Join': ['-', [x, {Ref: Tag}]]}}]}",
            "x-latest",
        ),
        ("!Sub '${Nobody} $HOME ${open'", "⟨Nobody⟩ $HOME ${open"),
        ("!Sub '${Nets}'", "⟨!Sub Nets⟩"),
        ("!Sub '${Child.Outputs.Role}'", "⟨Child.Outputs.Role⟩"),
        ("!Sub '${self:custom.stage}-x'", "⟨self:custom.stage⟩-x"),
        ("!Base64 {'Fn::Sub': 'x ${Tag}'}", "x latest"),
        ("{'Fn::Base64': !Sub 'x ${Tag}'}", "x latest"),
    ]);
}

#[test]
fn joins_splits_and_selections() {
    check(&[
        ("!Join ['', [a, !Ref Tag, !Ref Env, 1]]", "alatest⟨Env⟩1"),
        (
            "{'Fn::Join': [':', [arn, {Ref: 'AWS::Partition'}, ecr]]}",
            "arn:aws:ecr",
        ),
        ("!Join [',', !Ref Nets]", "subnet-1,subnet-2"),
        ("!Join [',', []]", ""),
        ("!Join [',', [a, !Ref AWS::NoValue, b]]", "a,b"),
        ("!Join [',', !Ref Open]", "⟨!Join [,, !Ref Open]⟩"),
        ("{'Fn::Join': [',', {Ref: Open}]}", "⟨!Join [,, !Ref Open]⟩"),
        ("!Select [1, [a, b]]", "b"),
        ("{'Fn::Select': ['0', {Ref: Nets}]}", "subnet-1"),
        ("!Select [5, [a, b]]", "⟨!Select [5, [a, b]]⟩"),
        ("!Select [0, !GetAZs '']", "⟨!Select [0, !GetAZs ]⟩"),
        ("!Split [',', 'a,b,,c']", "[a, b, , c]"),
        (
            "{'Fn::Split': ['/', {'Fn::Sub': 'x/${Tag}/y'}]}",
            "[x, latest, y]",
        ),
        (
            "!Select [2, !Split [':', !Sub 'arn:${AWS::Partition}:iam']]",
            "iam",
        ),
        ("!Split ['/', !Ref Env]", "⟨!Split [/, !Ref Env]⟩"),
        (
            "!Split ['-', !Ref 'AWS::Region']",
            "⟨!Split [-, !Ref AWS::Region]⟩",
        ),
        (
            "!Split ['-', !Sub 'a-${AWS::Region}']",
            "⟨!Split [-, !Sub a-${AWS::Region}]⟩",
        ),
    ]);
}

#[test]
fn mappings() {
    check(&[
        ("!FindInMap [Accounts, dev, Id]", "111122223333"),
        ("{'Fn::FindInMap': [Accounts, prod, List]}", "[z]"),
        (
            "!FindInMap [Accounts, !Ref Env, Id]",
            "⟨!FindInMap [Accounts, !Ref Env, Id]⟩",
        ),
        // Every key says the same.
        ("!FindInMap [Accounts, !Ref Env, Zone]", "a"),
        (
            "!FindInMap [Accounts, test, Id]",
            "⟨!FindInMap [Accounts, test, Id]⟩",
        ),
        (
            "!FindInMap [Accounts, test, Id, {DefaultValue: !Ref Tag}]",
            "latest",
        ),
        ("!Length [a, !Ref Env]", "⟨!Length [a, !Ref Env]⟩"),
        ("!Length [a, b]", "2"),
        ("{'Fn::Length': {Ref: Nets}}", "2"),
    ]);
}

#[test]
fn conditions() {
    check(&[
        ("!If [Yes, a, b]", "a"),
        ("!If [No, a, b]", "b"),
        ("{'Fn::If': [Yes, {Ref: Tag}, b]}", "latest"),
        ("!If [No, a, !Ref AWS::NoValue]", "-"),
        ("[a, !If [No, b, !Ref AWS::NoValue]]", "[a]"),
        ("!If [Yes, !If [No, a, [b, !Ref Tag]], c]", "[b, latest]"),
        ("!If [Nowhere, a, b]", "⟨!If [Nowhere, a, b]⟩"),
    ]);
}

#[test]
fn values_from_elsewhere() {
    check(&[
        ("!ImportValue shared-role", "⟨!ImportValue shared-role⟩"),
        (
            "{'Fn::ImportValue': !Sub '${Env}-role'}",
            "⟨!ImportValue !Sub ${Env}-role⟩",
        ),
        (
            "{'Fn::ImportValue': {'Fn::Sub': '${Env}-role'}}",
            "⟨!ImportValue !Sub ${Env}-role⟩",
        ),
        ("!GetAtt Child.Outputs.Role", "⟨Child.Outputs.Role⟩"),
        ("!Cidr [!Ref Env, 2, 8]", "⟨!Cidr [!Ref Env, 2, 8]⟩"),
        (
            "{'Fn::Transform': {Name: 'AWS::Include'}}",
            "⟨!Transform {Name: AWS::Include}⟩",
        ),
        ("!Unheard of", "⟨!Unheard of⟩"),
        ("{'Fn::ToJsonString': {a: !Ref Tag}}", "{a: latest}"),
        ("!GetAtt Nobody.Arn", "⟨Nobody.Arn⟩"),
        ("!GetAtt [Table, Arn]", "⟨Table.Arn⟩"),
        ("!Ref Table", "⟨Table⟩"),
        ("{'Fn::GetAtt': [Table, !Sub '${Tag}']}", "⟨Table.latest⟩"),
        ("'{{resolve:ssm:/role}}'", "{{resolve:ssm:/role}}"),
    ]);
}

#[test]
fn unknown_values_say_why() {
    for (value, why) in [
        ("!Ref Env", Why::Input),
        ("!Ref Secret", Why::Input),
        ("!Ref Ami", Why::Elsewhere),
        ("!Ref Nobody", Why::Undeclared),
        ("!GetAtt Nobody.Arn", Why::Undeclared),
        ("!Ref AWS::StackName", Why::DeployTime),
        ("!ImportValue x", Why::Elsewhere),
        ("!If [Nowhere, a, b]", Why::Condition),
        ("!Cidr [a, b, c]", Why::Function),
        ("!Sub '${self:x}'", Why::Placeholder),
    ] {
        let text = yaml(value);
        let parsed = super::parsed(&text);
        let readings = super::lower(&parsed, &text);
        let resource = readings[0].iter().find(|one| one.origin.label == "R");
        let value_of = resource.unwrap().properties.get("X").unwrap();
        let found = match &value_of.kind {
            crate::tree::NodeKind::Unknown(unknown) => unknown.why,
            crate::tree::NodeKind::Text(text) => text.holes[0].unknown.why,
            other => panic!("{value}: {other:?}"),
        };
        assert_eq!(found, why, "{value}");
    }
}

#[test]
fn a_template_in_json() {
    let text = r#"{
      "Parameters": {"Tag": {"Type": "String", "Default": "v1"}},
      "Resources": {
        "Repo": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "app"}},
        "R": {"Type": "AWS::IAM::Role", "Properties": {"X": [
          {"Fn::Sub": "${AWS::AccountId}:${Tag}"},
          {"Fn::Join": ["", [{"Ref": "AWS::Region"}, ".x"]]}]}}}}"#;
    assert_eq!(evaluated(text), "[⟨account⟩:v1, ⟨region⟩.x]");
}

#[test]
fn loops_are_written_out() {
    let text = "
Transform: AWS::LanguageExtensions
Parameters:
  Names: {Type: CommaDelimitedList, Default: 'web, api'}
Resources:
  'Fn::ForEach::Repos':
    - Name
    - !Ref Names
    - Repo${Name}:
        Type: AWS::ECR::Repository
        Properties:
          RepositoryName: !Sub team/${Name}
          Tag: !Ref Name
          Plain: x-&{Name}-y
  'Fn::ForEach::Nested':
    - A
    - [x, y]
    - 'Fn::ForEach::Inner':
        - B
        - ['1', '2']
        - ${A}${B}:
            Type: AWS::ECR::Repository
            Properties: {RepositoryName: '${A}/${B}'}
  'Fn::ForEach::Open':
    - A
    - !Ref Elsewhere
    - Never${A}: {Type: AWS::ECR::Repository}
";
    let parsed = super::parsed(text);
    let readings = super::lower(&parsed, text);
    let found: Vec<String> = readings[0]
        .iter()
        .map(|one| format!("{} {}", one.origin.label, super::shown(&one.properties)))
        .collect();
    assert_eq!(
        found,
        [
            "Repoweb {RepositoryName: team/web, Tag: web, Plain: x-web-y}",
            "Repoapi {RepositoryName: team/api, Tag: api, Plain: x-api-y}",
            "x1 {RepositoryName: x/1}",
            "x2 {RepositoryName: x/2}",
            "y1 {RepositoryName: y/1}",
            "y2 {RepositoryName: y/2}",
        ]
    );
}
