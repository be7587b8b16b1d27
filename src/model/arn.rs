//! ARNs and patterns of ARNs, cut into their fields.
//!
//! Six fields with a colon between them; the last one may hold further colons
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>).

use super::template::{Piece, Template};

/// An ARN, or a pattern of ARNs, with all its fields. Each may hold wildcards and holes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arn {
    /// `aws`, `aws-cn`, …
    pub partition: Template,
    /// `ecr`.
    pub service: Template,
    /// `eu-west-1`; empty for global services.
    pub region: Template,
    /// Twelve digits; empty for some services.
    pub account: Template,
    /// What follows the fifth colon: `repository/team/app`.
    pub resource: Template,
}

/// What an entry of `Resource` looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Nothing but `*`: every resource.
    Everything,
    /// All six fields.
    Arn(Box<Arn>),
    /// It starts like an ARN and has too few fields; how many there are.
    Short {
        /// From 1 to 5.
        fields: usize,
        /// Whether it ends with `*`, which stands for all that is missing
        /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>).
        is_open: bool,
    },
    /// Something else: a name, a host, a URL.
    NotAnArn,
    /// Holes hide it.
    Unknown,
}

impl Shape {
    /// What this text looks like.
    pub fn of(text: &Template) -> Shape {
        let literal = text.as_literal();
        if literal.is_some_and(|text| !text.is_empty() && text.bytes().all(|byte| byte == b'*')) {
            return Shape::Everything;
        }
        let fields = fields(text);
        let head = fields.first().and_then(Template::as_literal);
        if let [_, partition, service, region, account, resource] = fields.as_slice()
            && head == Some("arn")
        {
            return Shape::Arn(Box::new(Arn {
                partition: partition.clone(),
                service: service.clone(),
                region: region.clone(),
                account: account.clone(),
                resource: resource.clone(),
            }));
        }
        match (literal, head) {
            (Some(text), Some("arn")) => Shape::Short {
                fields: fields.len(),
                is_open: text.ends_with('*'),
            },
            (None, Some("arn")) => Shape::Unknown,
            (None, None) if "arn".starts_with(text.prefix()) => Shape::Unknown,
            _ => Shape::NotAnArn,
        }
    }
}

impl Arn {
    /// The ARN in this text, if it has all six fields.
    pub fn of(text: &Template) -> Option<Arn> {
        match Shape::of(text) {
            Shape::Arn(arn) => Some(*arn),
            _ => None,
        }
    }

    /// The name pattern of an ECR repository: what follows `repository/`. `None` if the resource is of another kind,
    /// or if it cannot be told.
    pub fn repository(&self) -> Option<Template> {
        let (kind, name) = self.resource.split_once('/')?;
        (kind.as_literal() == Some("repository")).then_some(name)
    }

    /// The path and name of an IAM role: what follows `role/`.
    pub fn role(&self) -> Option<Template> {
        let (kind, name) = self.resource.split_once('/')?;
        (kind.as_literal() == Some("role")).then_some(name)
    }
}

/// Cuts at the first five colons of known text, but not inside `${…}`: the colon of `${aws:username}` is no separator.
pub fn fields(text: &Template) -> Vec<Template> {
    const MOST: usize = 6;
    let mut fields = vec![Template::default()];
    let push = |fields: &mut Vec<Template>, run: &str| {
        if let Some(last) = fields.last_mut() {
            last.push_literal(run);
        }
    };
    for piece in text.pieces() {
        match piece {
            Piece::Hole(hole) => {
                if let Some(last) = fields.last_mut() {
                    last.push_hole(hole.name.clone(), hole.text.clone());
                }
            }
            Piece::Literal(literal) => {
                let mut rest = literal.as_str();
                while !rest.is_empty() {
                    let colon = separator(rest).filter(|_| fields.len() < MOST);
                    let Some((before, after)) =
                        colon.and_then(|at| Some((rest.get(..at)?, rest.get(at + 1..)?)))
                    else {
                        push(&mut fields, rest);
                        break;
                    };
                    push(&mut fields, before);
                    fields.push(Template::default());
                    rest = after;
                }
            }
        }
    }
    fields
}

/// The first colon that is not inside `${…}`.
fn separator(text: &str) -> Option<usize> {
    let mut variable = false;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match c {
            '{' if before == '$' => {
                variable = text.get(at..).is_some_and(|rest| rest.contains('}'))
            }
            '}' => variable = false,
            ':' if !variable => return Some(at),
            _ => {}
        }
        before = c;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_hole(before: &str, after: &str) -> Template {
        let mut text = Template::literal(before);
        text.push_hole("x", "${x}");
        text.push_literal(after);
        text
    }

    #[test]
    fn an_arn_has_six_fields_and_the_last_keeps_its_colons() {
        let arn =
            Arn::of(&"arn:aws:logs:eu-west-1:123456789012:log-group:a:*".into()).expect("an ARN");
        assert_eq!(arn.account.to_string(), "123456789012");
        assert_eq!(arn.resource.to_string(), "log-group:a:*");
        let bucket = Arn::of(&"arn:aws:s3:::bucket/*".into()).expect("an ARN");
        assert!(bucket.region.is_empty() && bucket.account.is_empty());
    }

    #[test]
    fn variables_keep_their_colon() {
        let arn =
            Arn::of(&"arn:aws:ecr:${aws:RequestedRegion}:1:repository/a".into()).expect("an ARN");
        assert_eq!(arn.region.to_string(), "${aws:RequestedRegion}");
        assert_eq!(
            arn.repository().map(|name| name.to_string()).as_deref(),
            Some("a")
        );
    }

    #[test]
    fn shapes() {
        for (text, shape) in [
            ("*", Shape::Everything),
            (
                "arn:aws:ecr:*",
                Shape::Short {
                    fields: 4,
                    is_open: true,
                },
            ),
            (
                "arn:aws:ecr:eu-west-1:1",
                Shape::Short {
                    fields: 5,
                    is_open: false,
                },
            ),
            ("my-repository", Shape::NotAnArn),
            (
                "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app",
                Shape::NotAnArn,
            ),
            ("", Shape::NotAnArn),
        ] {
            assert_eq!(Shape::of(&text.into()), shape, "{text}");
        }
        assert!(matches!(
            Shape::of(&with_hole("arn:aws:ecr:eu-west-1:", ":repository/a")),
            Shape::Arn(_)
        ));
        assert_eq!(Shape::of(&with_hole("", "/*")), Shape::Unknown);
        assert_eq!(Shape::of(&with_hole("", ":repository/a")), Shape::Unknown);
        assert_eq!(
            Shape::of(&with_hole("arn:aws:ecr:", ":repository/a")),
            Shape::Unknown
        );
        assert_eq!(Shape::of(&with_hole("repository/", "")), Shape::NotAnArn);
    }
}
