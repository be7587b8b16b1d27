//! The values of `--context-entries`, in the ways that the AWS CLI takes them: JSON, a file with JSON, or shorthand.
//!
//! Shorthand is `ContextKeyName=…,ContextKeyValues=…,…,ContextKeyType=…`: after an item with `=`, items without one
//! continue its list; a value may stand in quotes, a list in brackets, and a backslash takes a character's meaning away
//! (<https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-shorthand.html>).

use crate::diag::quote;
use crate::source::FileId;
use crate::tree::{self, Node};

/// What `ContextKeyType` may be
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_ContextEntry.html>).
const TYPES: [&str; 12] = [
    "string",
    "stringList",
    "numeric",
    "numericList",
    "boolean",
    "booleanList",
    "ip",
    "ipList",
    "binary",
    "binaryList",
    "date",
    "dateList",
];

/// A condition key and its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// As written.
    pub key: String,
    /// The values; empty counts as absent.
    pub values: Vec<String>,
}

/// Reads one value of the option, which may hold several entries.
///
/// # Errors
/// If it is neither JSON of that shape nor shorthand: what is wrong, in lower case and without a full stop.
pub fn read(text: &str) -> Result<Vec<Entry>, String> {
    let trimmed = text.trim();
    if trimmed.starts_with(['{', '[']) {
        from_json(trimmed)
    } else {
        Ok(vec![shorthand(trimmed)?])
    }
}

fn from_json(text: &str) -> Result<Vec<Entry>, String> {
    let parsed = tree::json::parse(FileId::NONE, text);
    if let Some(problem) = parsed.problems.first() {
        return Err(problem.message.clone());
    }
    let Some(document) = parsed.documents.first() else {
        return Err("it is empty".to_string());
    };
    document
        .root
        .one_or_many()
        .iter()
        .map(|node| {
            let mut draft = Draft::default();
            for field in node.entries() {
                let values: Option<Vec<String>> = field
                    .value
                    .one_or_many()
                    .iter()
                    .map(|value: &Node<'_>| value.as_str().map(str::to_string))
                    .collect();
                let values = values.ok_or_else(|| {
                    format!(
                        "{} is neither text nor a list of texts",
                        quote(&field.key.value)
                    )
                })?;
                draft.set(&field.key.value, values)?;
            }
            draft.done()
        })
        .collect()
}

fn shorthand(text: &str) -> Result<Entry, String> {
    let mut draft = Draft::default();
    let mut scan = Scan {
        rest: text.chars().peekable(),
    };
    let mut field: Option<(String, Vec<String>)> = None;
    loop {
        let (item, stopped_at) = scan.item(true)?;
        if stopped_at == Some('=') {
            if let Some((name, values)) = field.take() {
                draft.set(&name, values)?;
            }
            let values = scan.list()?;
            let is_list = values.is_some();
            field = Some((item, values.unwrap_or_default()));
            if !is_list {
                let (value, stopped_at) = scan.item(false)?;
                if let Some((_, values)) = &mut field {
                    values.push(value);
                }
                if stopped_at.is_none() {
                    break;
                }
                continue;
            }
            match scan.rest.next() {
                None => break,
                Some(',') => continue,
                Some(other) => return Err(format!("`{other}` stands after a list")),
            }
        }
        match &mut field {
            Some((_, values)) => values.push(item),
            None => {
                return Err(format!(
                    "{} is neither JSON nor ContextKeyName=…,ContextKeyValues=…",
                    quote(text)
                ));
            }
        }
        if stopped_at.is_none() {
            break;
        }
    }
    if let Some((name, values)) = field {
        draft.set(&name, values)?;
    }
    draft.done()
}

/// Shorthand being read.
struct Scan<'t> {
    rest: std::iter::Peekable<std::str::Chars<'t>>,
}

impl Scan<'_> {
    /// Reads up to a comma, or `=` if that ends a name, which is taken too; and says which it was.
    fn item(&mut self, may_be_name: bool) -> Result<(String, Option<char>), String> {
        let mut text = String::new();
        while let Some(next) = self.rest.next() {
            match next {
                ',' => return Ok((text, Some(','))),
                '=' if may_be_name => return Ok((text, Some('='))),
                '\'' | '"' if text.is_empty() => {
                    text = self.quoted(next)?;
                }
                '\\' => text.extend(self.rest.next()),
                other => text.push(other),
            }
        }
        Ok((text, None))
    }

    fn quoted(&mut self, quote: char) -> Result<String, String> {
        let mut text = String::new();
        while let Some(next) = self.rest.next() {
            match next {
                '\\' => text.extend(self.rest.next()),
                end if end == quote => return Ok(text),
                other => text.push(other),
            }
        }
        Err(format!("a value that starts with {quote} does not end"))
    }

    /// A list in brackets, if one starts here.
    fn list(&mut self) -> Result<Option<Vec<String>>, String> {
        if self.rest.next_if_eq(&'[').is_none() {
            return Ok(None);
        }
        let mut values = Vec::new();
        let mut text = String::new();
        while let Some(next) = self.rest.next() {
            match next {
                ']' => {
                    if !(text.is_empty() && values.is_empty()) {
                        values.push(text);
                    }
                    return Ok(Some(values));
                }
                ',' => values.push(std::mem::take(&mut text)),
                '\'' | '"' if text.is_empty() => text = self.quoted(next)?,
                '\\' => text.extend(self.rest.next()),
                ' ' if text.is_empty() => {}
                other => text.push(other),
            }
        }
        Err("a list that starts with [ does not end".to_string())
    }
}

#[derive(Default)]
struct Draft {
    key: Option<String>,
    values: Option<Vec<String>>,
}

impl Draft {
    fn set(&mut self, name: &str, mut values: Vec<String>) -> Result<(), String> {
        match name.trim() {
            "ContextKeyValues" => self.values = Some(values),
            "ContextKeyName" | "ContextKeyType" if values.len() != 1 => {
                return Err(format!("{} takes one value", quote(name)));
            }
            "ContextKeyName" => self.key = values.pop(),
            "ContextKeyType" => {
                let kind = values.pop().unwrap_or_default();
                if !TYPES.contains(&kind.as_str()) {
                    return Err(format!("{} is no type: {}", quote(&kind), TYPES.join(", ")));
                }
            }
            _ => {
                return Err(format!(
                    "{} is neither ContextKeyName, ContextKeyValues nor ContextKeyType",
                    quote(name)
                ));
            }
        }
        Ok(())
    }

    fn done(self) -> Result<Entry, String> {
        match (self.key, self.values) {
            (Some(key), Some(values)) if !key.is_empty() => Ok(Entry { key, values }),
            (Some(key), None) if !key.is_empty() => {
                Err(format!("{} has no ContextKeyValues", quote(&key)))
            }
            _ => Err("an entry has no ContextKeyName".to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(key: &str, values: &[&str]) -> Vec<Entry> {
        vec![Entry {
            key: key.to_string(),
            values: values.iter().map(|value| (*value).to_string()).collect(),
        }]
    }

    #[test]
    fn every_notation_of_the_aws_cli_is_read() {
        for (text, key, values) in [
            (
                "ContextKeyName=aws:SourceIp,ContextKeyValues=203.0.113.7,ContextKeyType=ip",
                "aws:SourceIp",
                &["203.0.113.7"][..],
            ),
            (
                "ContextKeyName='aws:CurrentTime',ContextKeyValues='2019-04-25T11:00:00Z',ContextKeyType=date",
                "aws:CurrentTime",
                &["2019-04-25T11:00:00Z"],
            ),
            (
                "ContextKeyName=aws:TagKeys,ContextKeyValues=a,b,ContextKeyType=stringList",
                "aws:TagKeys",
                &["a", "b"],
            ),
            (
                r#"ContextKeyType=stringList,ContextKeyValues=["a,b", c\]],ContextKeyName=aws:TagKeys"#,
                "aws:TagKeys",
                &["a,b", "c]"],
            ),
            (
                "ContextKeyName=aws:PrincipalTag/t,ContextKeyValues=a=b",
                "aws:PrincipalTag/t",
                &["a=b"],
            ),
            ("ContextKeyName=k:k,ContextKeyValues=[]", "k:k", &[]),
            (
                r#"{"ContextKeyName": "k:k", "ContextKeyValues": ["1", 2, true], "ContextKeyType": "numericList"}"#,
                "k:k",
                &["1", "2", "true"],
            ),
        ] {
            assert_eq!(read(text), Ok(one(key, values)), "{text}");
        }
        let two = r#"[{"ContextKeyName": "a:a", "ContextKeyValues": "1"}, {"ContextKeyName": "b:b", "ContextKeyValues": []}]"#;
        assert_eq!(read(two).map(|entries| entries.len()), Ok(2));
    }

    #[test]
    fn whatever_else_is_refused() {
        for text in [
            "",
            "aws:SourceIp",
            "ContextKeyName=a:b",
            "ContextKeyValues=a",
            "ContextKeyName=a:b,ContextKeyValues=c,ContextKeyType=text",
            "ContextKeyName=a:b,ContextKeyValue=c",
            "ContextKeyName=a:b,ContextKeyValues='c",
            "ContextKeyName=a:b,ContextKeyValues=[c",
            "ContextKeyName=a:b,ContextKeyValues=[c]d",
            "{\"ContextKeyName\": \"a:b\"",
            "{\"ContextKeyName\": \"a:b\", \"ContextKeyValues\": {}}",
            "[1]",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
