//! The script that an instance starts with: what it does to registries.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html>

use super::user_data::UserData;
use crate::model::pipeline::{Act, PipelineKind};
use crate::model::template::Template;
use crate::recognize::session::{Frame, ScriptText, Session};
use crate::tree::{Node, Text};
use std::collections::BTreeMap;
use std::ops::Range;

/// Words without which a script moves no image.
const WORDS: [&str; 6] = ["docker", "podman", "nerdctl", "ecr", "crane", "skopeo"];

/// What a value that is not known is called inside of the text.
const MARK: &str = "ecrlint.hole";

/// The acts of user data that is a script of a shell. `id` names what is not known in it.
pub(super) fn acts(node: Option<&Node<'_>>, data: &UserData, id: &str) -> Vec<Act> {
    let (Some(node), Some(whole)) = (node, &data.text) else {
        return Vec::new();
    };
    if !WORDS.iter().any(|word| whole.value.contains(word)) {
        return Vec::new();
    }
    let mut script = ScriptText::new();
    let mut holes: BTreeMap<String, Template> = BTreeMap::new();
    let text = node.as_text().filter(|text| is_written(text, data));
    let shell = match (text, whole.value.as_literal()) {
        (Some(text), _) => {
            let Some(found) = shell_script(&text.value) else {
                return Vec::new();
            };
            push(&mut script, node, text, found.range, &mut holes);
            found.shell
        }
        // It stands in the file as base64.
        (None, Some(decoded)) => {
            let Some(found) = shell_script(decoded) else {
                return Vec::new();
            };
            let part = decoded.get(found.range).unwrap_or("");
            script.push_instead(part, whole.loc);
            found.shell
        }
        (None, None) => return Vec::new(),
    };
    script.end_line();
    let mut session = Session::new(PipelineKind::Script, id);
    let frame = Frame {
        shell: Some(&shell),
        ..Frame::default()
    };
    let done = session.run(&script, &frame);
    let acts = done.acts.iter();
    acts.map(|act| act.map(&|text| text.filled(&|hole| holes.get(&hole.text).cloned())))
        .collect()
}

/// Whether the node holds the text itself, and not its base64.
fn is_written(text: &Text<'_>, data: &UserData) -> bool {
    !text.holes.is_empty()
        || data
            .text
            .as_ref()
            .is_some_and(|whole| whole.value.as_literal() == Some(text.value.as_ref()))
}

/// Adds a range of a text. What is not known in it becomes an expression that the reader of shells takes for a hole.
fn push<'n, 's>(
    script: &mut ScriptText<'n, 's>,
    node: &'n Node<'s>,
    text: &'n Text<'s>,
    range: Range<usize>,
    holes: &mut BTreeMap<String, Template>,
) {
    let mut at = range.start;
    for hole in &text.holes {
        let (start, end) = (hole.range.start as usize, hole.range.end as usize);
        if start < at || end > range.end {
            continue;
        }
        script.push_part(text.value.get(at..start).unwrap_or(""), node, at);
        let written = format!("${{{{ {MARK}{} }}}}", holes.len());
        script.push_instead(&written, node.loc_of(start..end));
        let known = Template::hole(hole.unknown.name.clone(), hole.unknown.text.clone());
        holes.insert(written, known);
        at = end;
    }
    script.push_part(text.value.get(at..range.end).unwrap_or(""), node, at);
}

/// A script of a shell in user data.
#[derive(Debug, PartialEq, Eq)]
struct ShellScript {
    range: Range<usize>,
    /// The program that its first line names.
    shell: String,
}

/// The script: the whole text if it starts as one, else the first part of several that does
/// (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html#user-data-mime-multi>).
fn shell_script(text: &str) -> Option<ShellScript> {
    let blank = text.len() - text.trim_start().len();
    let start = if text.get(blank..)?.starts_with("#!") {
        blank
    } else if text.contains("Content-Type: multipart/") {
        text.find("\n#!")? + 1
    } else {
        return None;
    };
    let rest = text.get(start..)?;
    let end = match start == blank {
        true => rest.len(),
        false => rest.find("\n--").map_or(rest.len(), |end| end + 1),
    };
    let first = rest.lines().next()?;
    Some(ShellScript {
        range: start..start + end,
        shell: first.trim_start_matches("#!").trim().to_string(),
    })
}

#[cfg(test)]
mod tests {
    use crate::model::compute::Instances;
    use crate::model::pipeline::ActKind;
    use crate::recognize::resource::specimen::{facts, shown};

    fn of(yaml: &'static str) -> Instances {
        let mut found = facts("AWS::EC2::Instance", yaml).instances;
        assert_eq!(found.len(), 1);
        found.remove(0)
    }

    fn lines(yaml: &'static str) -> Vec<String> {
        of(yaml)
            .acts
            .iter()
            .map(|act| match &act.kind {
                ActKind::Login(login) => {
                    let hosts = login.registries.iter().flatten();
                    let hosts: Vec<_> = hosts.map(|host| shown(&host.value)).collect();
                    format!("login {}", hosts.join(" "))
                }
                ActKind::Pull(image) => format!("pull {}", shown(&image.value)),
                ActKind::AwsCall(call) => format!("aws {}", call.operation),
                other => format!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn a_script_with_values_that_are_not_known() {
        assert_eq!(
            lines(
                "UserData: |
  #!/bin/bash -xe
  HOST=111122223333.dkr.ecr.⟨region⟩.amazonaws.com
  aws ecr get-login-password --region ⟨region⟩ | docker login -u AWS --password-stdin $HOST
  docker pull $HOST/app:1
  docker run -d ⟨image⟩
"
            ),
            [
                "aws get-login-password",
                "login 111122223333.dkr.ecr.⟨region⟩.amazonaws.com",
                "pull 111122223333.dkr.ecr.⟨region⟩.amazonaws.com/app:1",
                "pull ⟨image⟩",
            ]
        );
    }

    #[test]
    fn scripts_in_base64_and_in_parts() {
        // #!/bin/bash\ndocker pull x\n
        assert_eq!(
            lines("UserData: IyEvYmluL2Jhc2gKZG9ja2VyIHB1bGwgeAo="),
            ["pull x"]
        );
        assert_eq!(
            lines(
                "UserData: |
  Content-Type: multipart/mixed; boundary=\"b\"

  --b
  Content-Type: text/x-shellscript

  #!/bin/sh
  docker pull x
  --b--
"
            ),
            ["pull x"]
        );
    }

    #[test]
    fn what_is_no_script_of_a_shell_does_nothing() {
        for yaml in [
            "UserData: '#cloud-config\n\nruncmd: [docker pull x]'",
            "UserData: '<powershell>docker pull x</powershell>'",
            "UserData: [docker]",
            "UserData: docker",
            "UserData: '#!/bin/bash\n\nyum update'",
        ] {
            assert!(of(yaml).acts.is_empty(), "{yaml}");
        }
        let python = of("UserData: |\n  #!/usr/bin/python3\n  docker = 1\n");
        let kinds: Vec<_> = python.acts.iter().map(|act| &act.kind).collect();
        assert!(matches!(kinds.as_slice(), [ActKind::OutOfSight(_)]));
    }
}
