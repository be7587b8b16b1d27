//! Where values stand.

use super::{lower, parsed};
use crate::tree::{Node, NodeKind};

fn source(text: &str, span: crate::source::Span) -> &str {
    &text[span.range()]
}

/// Every literal piece of a text, as decoded and as it stands in the file.
fn pieces<'t>(node: &Node<'_>, text: &'t str) -> Vec<(String, &'t str)> {
    let value = node.as_text().expect("a text");
    let mut out = Vec::new();
    let mut at = 0;
    let mut ranges = Vec::new();
    for hole in &value.holes {
        let (start, end) = (hole.range.start as usize, hole.range.end as usize);
        ranges.extend([at..start, start..end]);
        at = end;
    }
    ranges.push(at..value.value.len());
    for range in ranges.into_iter().filter(|range| !range.is_empty()) {
        let shown = value.value[range.clone()].to_string();
        out.push((shown, source(text, node.loc_of(range).span)));
    }
    out
}

fn property<'s>(resources: &[Vec<super::Declared<'s>>], name: &str) -> Node<'s> {
    let one = resources[0].iter().find(|one| one.origin.label == "R");
    one.expect("the resource")
        .properties
        .get(name)
        .expect(name)
        .clone()
}

#[test]
fn literal_parts_stand_at_their_own_bytes() {
    let text = "Parameters:\r\n  Tag: {Type: String, Default: \"latest\"}\r\n  Env: {Type: String}\r\nResources:\r\n  R:\r\n    Type: AWS::IAM::Role\r\n    Properties:\r\n      A: !Sub \"arn:${AWS::Partition}:\\u0065cr:${Env}:${Tag}/x\"\r\n      B: !Sub |\r\n        one ${Env}\r\n        two ${!lit} three\r\n      C: !Join [':', [arn, !Ref Env, \"a\\tb\", 'it''s']]\r\n      D: {'Fn::Sub': ['${X}-y', {X: !Ref Env}]}\r\n";
    let parsed = parsed(text);
    let resources = lower(&parsed, text);
    let a = property(&resources, "A");
    assert_eq!(
        pieces(&a, text),
        [
            (
                "arn:aws:ecr:".to_string(),
                "arn:${AWS::Partition}:\\u0065cr:",
            ),
            ("${Env}".to_string(), "${Env}"),
            (":latest/x".to_string(), ":${Tag}/x"),
        ]
    );
    let at = |part: &str| {
        let start = a.as_text().unwrap().value.find(part).unwrap();
        source(text, a.loc_of(start..start + part.len()).span)
    };
    assert_eq!(at("latest"), "${Tag}");
    assert_eq!(at("/x"), "/x");
    assert_eq!(
        source(text, a.loc.span),
        "\"arn:${AWS::Partition}:\\u0065cr:${Env}:${Tag}/x\""
    );
    assert_eq!(
        pieces(&property(&resources, "B"), text),
        [
            ("one ".to_string(), "one "),
            ("${Env}".to_string(), "${Env}"),
            (
                "\ntwo ${lit} three\n".to_string(),
                "\r\n        two ${!lit} three\r\n"
            ),
        ]
    );
    let c = property(&resources, "C");
    assert_eq!(
        pieces(&c, text),
        [
            ("arn:".to_string(), "arn, !Ref "),
            ("${Env}".to_string(), "Env"),
            (":a\tb:it's".to_string(), ", \"a\\tb\", 'it''s"),
        ]
    );
    let value = &c.as_text().unwrap().value;
    let start = value.find("it's").unwrap();
    assert_eq!(source(text, c.loc_of(start..start + 4).span), "it''s");
    assert_eq!(
        pieces(&property(&resources, "D"), text),
        [("${Env}".to_string(), "${X}"), ("-y".to_string(), "-y"),]
    );
}

#[test]
fn what_a_reference_stands_for_is_at_the_reference() {
    let text = "
Parameters:
  Tag: {Type: String, Default: latest}
  Nets: {Type: CommaDelimitedList, Default: 'a,b'}
Mappings: {M: {k: {v: {Deep: [1]}}}}
Resources:
  Repo: {Type: AWS::ECR::Repository, Properties: {RepositoryName: app}}
  R:
    Type: AWS::IAM::Role
    Properties:
      A: !Ref Tag
      B: {Ref: Nets}
      C: !FindInMap [M, k, v]
      D: !GetAtt Repo.Arn
      E: !Select [1, !Ref Nets]
      F: !Split [',', 'one,two']
      G: [plain, {k: 'v'}]
";
    let parsed = parsed(text);
    let resources = lower(&parsed, text);
    let place = |name: &str| source(text, property(&resources, name).place().span).to_string();
    assert_eq!(place("A"), "Tag");
    assert_eq!(source(text, property(&resources, "A").loc.span), "latest");
    assert_eq!(place("B"), "{Ref: Nets}");
    assert_eq!(place("C"), "[M, k, v]");
    assert_eq!(place("D"), "Repo.Arn");
    assert_eq!(place("E"), "Nets");
    let c = property(&resources, "C");
    let deep = &c.get("Deep").unwrap().items()[0];
    assert_eq!(source(text, deep.place().span), "[M, k, v]");
    assert_eq!(source(text, deep.loc.span), "1");
    let f = property(&resources, "F");
    assert_eq!(source(text, f.items()[1].place().span), "two");
    let g = property(&resources, "G");
    assert_eq!(source(text, g.loc.span), "[plain, {k: 'v'}]");
    assert!(matches!(g.items()[0].kind, NodeKind::Text(_)));
    let declared = resources[0]
        .iter()
        .find(|one| one.origin.label == "Repo")
        .unwrap();
    assert_eq!(
        source(text, declared.origin.loc.span),
        "Repo: {Type: AWS::ECR::Repository, Properties: {RepositoryName: app}}"
    );
}
