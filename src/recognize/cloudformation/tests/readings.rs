//! Conditions and the ways they can fall.

use super::*;

/// The resources of each reading, whole.
fn whole<'s>(parsed: &'s Parsed<'s>, text: &str) -> Vec<Vec<Declared<'s>>> {
    let root = &parsed.documents.first().expect("a document").root;
    let given = Given::default();
    let anatomy = Anatomy::of(root, PATH.to_string(), text, &given);
    let readings = crate::recognize::cloudformation::readings::readings(&anatomy);
    let each = readings.iter();
    each.map(|reading| declared_in(&anatomy, reading)).collect()
}

/// For each reading: what it assumes, and the resources with their properties.
fn readings(text: &str) -> Vec<String> {
    let parsed = parsed(text);
    whole(&parsed, text)
        .iter()
        .map(|declared| {
            let assuming = declared.first().map_or(String::new(), |one| {
                one.origin
                    .scope
                    .assuming
                    .iter()
                    .map(|one| {
                        format!(
                            "{}{} ",
                            if one.holds { "" } else { "!" },
                            one.condition.value
                        )
                    })
                    .collect()
            });
            let resources: Vec<String> = declared
                .iter()
                .map(|one| {
                    let sure = if one.origin.is_certain { "" } else { "?" };
                    format!("{}{sure} {}", one.origin.label, shown(&one.properties))
                })
                .collect();
            format!("{assuming}| {}", resources.join("; "))
        })
        .collect()
}

#[test]
fn a_condition_splits_a_template_in_two() {
    let text = "
Parameters:
  Env: {Type: String, Default: dev, AllowedValues: [dev, prod]}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  IsDev: !Not [!Condition IsProd]
  Unused: !Equals [!Ref Other, x]
Resources:
  A:
    Type: AWS::IAM::Role
    Properties: {RoleName: !If [IsProd, a, b], Env: !Ref Env}
  B: {Type: AWS::ECR::Repository, Condition: IsProd}
  C: {Type: AWS::ECR::Repository, Condition: IsDev}
";
    assert_eq!(
        readings(text),
        [
            "IsDev !IsProd | A {RoleName: b, Env: dev}; C {}",
            "!IsDev IsProd | A {RoleName: a, Env: prod}; B {}",
        ]
    );
}

#[test]
fn a_value_that_is_none_of_those_compared_is_not_known() {
    let text = "
Parameters:
  Env: {Type: String, Default: dev}
  Region: {Type: String}
Conditions:
  IsDev: !Equals [dev, !Ref Env]
  IsHome: {'Fn::Equals': [{Ref: 'AWS::Region'}, eu-west-1]}
Resources:
  A:
    Type: AWS::IAM::Role
    Properties: {X: !If [IsDev, a, !Ref Env], Y: !If [IsHome, !Ref AWS::Region, !Sub '${AWS::Region}']}
";
    assert_eq!(
        readings(text),
        [
            "IsDev !IsHome | A {X: a, Y: ⟨region⟩}",
            "IsDev IsHome | A {X: a, Y: eu-west-1}",
            "!IsDev !IsHome | A {X: ⟨Env⟩, Y: ⟨region⟩}",
            "!IsDev IsHome | A {X: ⟨Env⟩, Y: eu-west-1}",
        ]
    );
}

#[test]
fn conditions_on_one_parameter_fall_together() {
    let text = "
Parameters:
  Env: {Type: String, AllowedValues: [dev, test, prod]}
Conditions:
  IsDev: !Equals [!Ref Env, dev]
  IsProd: !Equals [!Ref Env, prod]
  Either: !Or [!Condition IsDev, {Condition: IsProd}]
Resources:
  A:
    Type: AWS::IAM::Role
    Properties: {X: !If [IsDev, d, !If [IsProd, p, other]], Y: !If [Either, 1, 0], E: !Ref Env}
";
    assert_eq!(
        readings(text),
        [
            "Either IsDev !IsProd | A {X: d, Y: 1, E: dev}",
            "Either !IsDev IsProd | A {X: p, Y: 1, E: prod}",
            "!Either !IsDev !IsProd | A {X: other, Y: 0, E: test}",
        ]
    );
}

#[test]
fn what_a_mapping_says_of_a_parameter_follows_from_it() {
    let text = "
Parameters:
  Env: {Type: String, Default: dev, AllowedValues: [dev, prod]}
Mappings:
  Sizes: {dev: {Big: 'false'}, prod: {Big: 'true'}}
Conditions:
  IsBig: !Equals [!FindInMap [Sizes, !Ref Env, Big], 'true']
Resources:
  A: {Type: AWS::IAM::Role, Properties: {X: !If [IsBig, big, small], E: !Ref Env}}
";
    assert_eq!(
        readings(text),
        [
            "!IsBig | A {X: small, E: dev}",
            "IsBig | A {X: big, E: prod}",
        ]
    );
}

#[test]
fn what_follows_from_nothing_in_sight_falls_both_ways() {
    let text = "
Parameters:
  Nets: {Type: CommaDelimitedList, Default: ''}
Conditions:
  NoNets: !Equals [!Join ['', !Ref Nets], '']
  Never: !Equals [a, b]
Resources:
  A: {Type: AWS::IAM::Role, Properties: {X: !If [NoNets, none, !Ref Nets], Y: !If [Never, 1, 2]}}
";
    assert_eq!(
        readings(text),
        [
            "NoNets | A {X: none, Y: 2}",
            "!NoNets | A {X: ⟨Nets⟩, Y: 2}",
        ]
    );
}

#[test]
fn a_condition_that_does_not_exist_makes_a_resource_uncertain() {
    let text = "
Conditions:
  Round: !Condition Trip
  Trip: !Not [!Condition Round]
Resources:
  A: {Type: AWS::IAM::Role, Condition: Nowhere}
  B: {Type: AWS::IAM::Role, Condition: Round}
";
    assert_eq!(readings(text), ["| A? {}; B? {}"]);
}

#[test]
fn readings_are_few_and_each_condition_falls_both_ways_in_some() {
    let names: Vec<String> = (0..20).map(|at| format!("C{at:02}")).collect();
    let mut text = "Parameters:\n".to_string();
    for name in &names {
        text += &format!("  P{name}: {{Type: String, Default: 'no'}}\n");
    }
    text += "Conditions:\n";
    for name in &names {
        text += &format!("  {name}: !Equals [!Ref P{name}, 'yes']\n");
    }
    text += "Resources:\n  A:\n    Type: AWS::IAM::Role\n    Properties:\n";
    for name in &names {
        text += &format!("      {name}: !If [{name}, 1, 0]\n");
    }
    let found = readings(&text);
    assert_eq!(
        found.len(),
        crate::recognize::cloudformation::readings::MOST_READINGS
    );
    assert!(found[0].contains("C00: 0") && !found[0].contains(": 1"));
    for (at, reading) in found.iter().enumerate().skip(1) {
        assert_eq!(reading.matches(": 1").count(), 1, "{at} {reading}");
    }
}

#[test]
fn what_is_the_same_in_every_reading_is_declared_once() {
    let text = "
Parameters:
  Env: {Type: String, Default: dev}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
Resources:
  Same: {Type: AWS::ECR::Repository}
  Deploy: {Type: AWS::IAM::Role, Properties: {RoleName: deploy, Policies: [!GetAtt Same.Arn]}}
  Execution: {Type: AWS::IAM::Role}
  Pull: {Type: AWS::IAM::Policy, Condition: IsProd, Properties: {Roles: [!Ref Execution]}}
  Other: {Type: AWS::ECR::Repository, Properties: {RepositoryName: !If [IsProd, a, b]}}
";
    let parsed = parsed(text);
    let found: Vec<String> = lower(&parsed, text)
        .iter()
        .map(|declared| {
            let labels: Vec<&str> = declared
                .iter()
                .map(|one| one.origin.label.as_str())
                .collect();
            let assuming = declared[0].origin.scope.assuming.len();
            format!("{assuming} {}", labels.join(" "))
        })
        .collect();
    assert_eq!(
        found,
        [
            "0 Same Deploy",
            "1 Execution Other",
            "1 Execution Pull Other"
        ]
    );
}

#[test]
fn readings_in_different_places_share_nothing() {
    let text = "
Conditions: {Home: !Equals [!Ref AWS::Region, eu-west-1]}
Resources:
  Same: {Type: AWS::ECR::Repository}
  Other: {Type: AWS::ECR::Repository, Condition: Home}
";
    let parsed = parsed(text);
    let counts: Vec<usize> = lower(&parsed, text).iter().map(Vec::len).collect();
    assert_eq!(counts, [1, 2]);
}
