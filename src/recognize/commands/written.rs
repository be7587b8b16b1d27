//! Commands in a text that a script only writes down or hands on (`cat <<'EOF' > install.sh`, `ssh host <<'EOF'`).
//!
//! Where and when they run, nobody tells, so most of what they do says nothing about the job. One thing is wrong wherever
//! it is: `aws ecr get-login`.

use super::Reader;
use super::aws::call;
use crate::model::pipeline::{Act, ActKind, LegacyLogin};
use crate::recognize::shell::{self, Command, Input};

/// Longest heredoc that is looked at, in bytes.
const LONGEST: usize = 64 * 1024;

impl Reader<'_> {
    /// Notes the `aws ecr get-login` in a quoted heredoc; in one without quotes they run at once and are found anyway.
    pub(super) fn note_written_scripts(&mut self, command: &Command) {
        let Input::HereDocument(body) = &command.stdin else {
            return;
        };
        let Some(text) = body.value.as_literal() else {
            return;
        };
        if !text.contains("get-login") || text.len() > LONGEST {
            return;
        }
        // Whoever asks for the version knows what to do.
        let asks = ["get-login-password", "aws --version", "aws-cli/"]
            .iter()
            .any(|word| text.contains(word));
        // With `<<-`, tabs are gone from the text.
        let is_verbatim = text.len() == body.span.len();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let from = start;
            start += line.len();
            if !line.contains("get-login") {
                continue;
            }
            let script = shell::parse(line, &|_| None);
            for inner in &script.commands {
                let is_legacy = call(inner)
                    .is_some_and(|call| call.service == "ecr" && call.operation == "get-login");
                if !is_legacy {
                    continue;
                }
                let span = if is_verbatim {
                    let offset = body.span.start + from;
                    offset + inner.span.start..offset + inner.span.end
                } else {
                    command.span.clone()
                };
                let loc = self.at(&span);
                self.acts.push(Act {
                    loc,
                    is_guarded: true,
                    kind: ActKind::LegacyLogin(LegacyLogin {
                        region: None,
                        for_cli_v1: asks,
                        is_executed: inner.is_executed,
                    }),
                });
            }
        }
    }
}
