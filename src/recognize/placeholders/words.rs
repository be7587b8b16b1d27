//! Words that stand for a value without any mark around them: `ACCOUNT_ID`, `XXXXXXXXXXXX`, `your-region`.
//!
//! They count only at places of an ARN, an ECR host or an image where the real value could never look like that.

use super::is_constant;
use crate::model::template::{Piece, Template};

/// The words of a reference that stand for a value, made holes.
pub fn words(template: Template) -> Template {
    if template.prefix().starts_with("arn:") {
        return arn_words(&template);
    }
    if let Some(word) = template.as_literal().filter(|word| is_constant(word)) {
        return Template::hole(word, word);
    }
    if template.contains("dkr.ecr") || template.contains("dkr-ecr") {
        return image_words(&template);
    }
    template
}

/// Whether a word at the place of an account id stands for one. Accounts are digits; some ARNs have a service there.
fn is_account_word(text: &str) -> bool {
    const NO_ACCOUNTS: [&str; 3] = ["aws", "cloudfront", "aws-marketplace"];
    text.bytes().any(|b| b.is_ascii_alphabetic())
        && !NO_ACCOUNTS.contains(&text)
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b' '))
}

/// Whether a word at the place of a Region stands for one.
fn is_region_word(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b' '));
    plain
        && !text.is_empty()
        && (text.bytes().any(|b| b.is_ascii_uppercase() || b == b'_')
            || lower.contains("region")
            || lower.bytes().all(|b| b == b'x'))
}

/// Whether a component of a resource or repository name stands for one: `REPOSITORY_NAME`, `REPO`, `XXXX`.
fn is_component_word(text: &str) -> bool {
    const NAMES: [&str; 6] = ["REPOSITORY", "REPO", "IMAGE", "NAME", "ROLE", "ROLENAME"];
    is_constant(text)
        || NAMES.contains(&text)
        || (text.len() > 2 && text.bytes().all(|b| b == b'X'))
}

/// An ARN whose Region, account or resource components are words.
fn arn_words(template: &Template) -> Template {
    let mut colons = 0;
    let fields = fields(template, &[':', '/']);
    let holes: Vec<bool> = fields
        .iter()
        .enumerate()
        .map(|(at, field)| {
            colons += usize::from(field.separator == Some(':'));
            // A slash before the fifth colon belongs to a broken ARN: leave it as it stands.
            let ends = fields
                .get(at + 1)
                .is_some_and(|next| next.separator == Some(':'));
            match colons {
                3 => ends && field.is(is_region_word),
                4 => ends && field.is(is_account_word),
                5.. => field.is(is_component_word),
                _ => false,
            }
        })
        .collect();
    join(fields, &holes)
}

/// An image or host of ECR whose account, Region or repository components are words.
fn image_words(template: &Template) -> Template {
    let fields = fields(template, &['.', '/', ':', '@']);
    let is = |at: usize, text: &str| {
        fields
            .get(at)
            .is_some_and(|field| field.value.as_literal() == Some(text))
    };
    let host = (0..fields.len()).find_map(|at| {
        if is(at, "dkr") && (is(at + 1, "ecr") || is(at + 1, "ecr-fips")) {
            Some((at, at + 2))
        } else if is(at, "dkr-ecr") || is(at, "dkr-ecr-fips") {
            Some((at, at + 1))
        } else {
            None
        }
    });
    let Some((infix, region)) = host else {
        return template.clone();
    };
    let path = (region..fields.len())
        .find(|at| {
            fields
                .get(*at)
                .is_some_and(|field| field.separator == Some('/'))
        })
        .unwrap_or(fields.len());
    let holes: Vec<bool> = fields
        .iter()
        .enumerate()
        .map(|(at, field)| {
            if at + 1 == infix {
                field.is(is_account_word)
            } else if at == region {
                field.is(is_region_word)
            } else {
                at >= path && field.is(is_component_word)
            }
        })
        .collect();
    join(fields, &holes)
}

/// What stands between two separators, and the separator before it.
struct Field {
    separator: Option<char>,
    value: Template,
}

impl Field {
    fn is(&self, word: fn(&str) -> bool) -> bool {
        self.value.as_literal().is_some_and(word)
    }
}

/// A template cut at every separator in its literal text.
fn fields(template: &Template, separators: &[char]) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut field = Field {
        separator: None,
        value: Template::default(),
    };
    for piece in template.pieces() {
        match piece {
            Piece::Hole(hole) => field.value.push_hole(hole.name.clone(), hole.text.clone()),
            Piece::Literal(text) => {
                let mut start = 0;
                for (at, separator) in text.match_indices(separators) {
                    field.value.push_literal(text.get(start..at).unwrap_or(""));
                    let next = Field {
                        separator: separator.chars().next(),
                        value: Template::default(),
                    };
                    fields.push(std::mem::replace(&mut field, next));
                    start = at + separator.len();
                }
                field.value.push_literal(text.get(start..).unwrap_or(""));
            }
        }
    }
    fields.push(field);
    fields
}

/// The fields put together again, those marked in `holes` as holes.
fn join(fields: Vec<Field>, holes: &[bool]) -> Template {
    let mut out = Template::default();
    for (at, field) in fields.into_iter().enumerate() {
        if let Some(separator) = field.separator {
            out.push_literal(separator.encode_utf8(&mut [0; 4]));
        }
        match field.value.as_literal() {
            Some(word) if holes.get(at) == Some(&true) => out.push_hole(word, word),
            _ => out.push(&field.value),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::read_reference;
    use super::super::tests::shown;

    #[test]
    fn words_stand_for_values_where_no_value_looks_like_that() {
        let table = [
            (
                "arn:aws:iam::XXXXXXXXXXXX:role/ecsTaskExecutionRole",
                "arn:aws:iam::⟨XXXXXXXXXXXX⟩:role/ecsTaskExecutionRole",
            ),
            (
                "arn:aws:iam::aws_account_id:role/x",
                "arn:aws:iam::⟨aws_account_id⟩:role/x",
            ),
            ("arn:aws:iam::aws:policy/x", "arn:aws:iam::aws:policy/x"),
            (
                "arn:aws:iam::123456789:role/x",
                "arn:aws:iam::123456789:role/x",
            ),
            (
                "arn:aws:ecr:us-east-1:*:repository/*",
                "arn:aws:ecr:us-east-1:*:repository/*",
            ),
            (
                "arn:aws:ecr:REGION:ACCOUNT_ID:repository/REPOSITORY_NAME",
                "arn:aws:ecr:⟨REGION⟩:⟨ACCOUNT_ID⟩:repository/⟨REPOSITORY_NAME⟩",
            ),
            (
                "arn:aws:ecr:us-east1:1:repository/A",
                "arn:aws:ecr:us-east1:1:repository/A",
            ),
            ("arn:aws:iam::role/foo", "arn:aws:iam::role/foo"),
            (
                "arn:aws:iam::<ACCOUNT>:role/$ROLE",
                "arn:aws:iam::⟨ACCOUNT⟩:role/⟨ROLE⟩",
            ),
            (
                "XXXXX.dkr.ecr.us-east-1.amazonaws.com/myApp:latest",
                "⟨XXXXX⟩.dkr.ecr.us-east-1.amazonaws.com/myApp:latest",
            ),
            (
                "ACCOUNT_ID.dkr.ecr.your-region.amazonaws.com/REPO_NAME:TAG",
                "⟨ACCOUNT_ID⟩.dkr.ecr.⟨your-region⟩.amazonaws.com/⟨REPO_NAME⟩:TAG",
            ),
            (
                "123456789.dkr.ecr.us-east1.amazonaws.com/team/app",
                "123456789.dkr.ecr.us-east1.amazonaws.com/team/app",
            ),
            (
                "xxxx.dkr-ecr.region.on.aws/app",
                "⟨xxxx⟩.dkr-ecr.⟨region⟩.on.aws/app",
            ),
            ("IMAGE_PLACEHOLDER", "⟨IMAGE_PLACEHOLDER⟩"),
            ("nginx", "nginx"),
        ];
        for (text, expected) in table {
            let template = read_reference(text);
            assert_eq!(shown(&template), expected, "{text}");
            assert_eq!(template.to_string(), text, "nothing is lost");
        }
    }
}
