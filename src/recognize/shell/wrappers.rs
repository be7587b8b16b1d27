//! Takes off what only changes how a program runs: `sudo -E`, `env A=b`, `timeout 30`, `aws-vault exec x --`.

use super::script::{Assignment, Word};
use super::survey::is_name;

/// A program that runs another one.
struct Wrapper {
    name: &'static str,
    /// Options that take the next word.
    with_value: &'static [&'static str],
    /// Options after which it runs nothing.
    unless: &'static [&'static str],
    /// How many words of its own follow the options.
    operands: usize,
    /// Whether `NAME=value` may stand before the program.
    assigns: bool,
    /// Whether the program follows a `--`.
    after_dashes: bool,
}

const fn wrapper(name: &'static str) -> Wrapper {
    Wrapper {
        name,
        with_value: &[],
        unless: &[],
        operands: 0,
        assigns: false,
        after_dashes: false,
    }
}

const WRAPPERS: &[Wrapper] = &[
    Wrapper {
        with_value: &[
            "-u", "--user", "-g", "--group", "-h", "--host", "-p", "--prompt", "-C", "-U", "-r",
            "-t", "-D", "-R", "-T",
        ],
        unless: &["-l", "-v", "-K", "-k", "-e", "-V"],
        assigns: true,
        ..wrapper("sudo")
    },
    Wrapper {
        with_value: &["-u", "-C"],
        ..wrapper("doas")
    },
    Wrapper {
        with_value: &["-u", "--unset", "-C", "--chdir"],
        unless: &["-S", "--split-string"],
        assigns: true,
        ..wrapper("env")
    },
    wrapper("time"),
    Wrapper {
        unless: &["-v", "-V"],
        ..wrapper("command")
    },
    wrapper("builtin"),
    Wrapper {
        with_value: &["-a"],
        ..wrapper("exec")
    },
    wrapper("nohup"),
    wrapper("setsid"),
    wrapper("unbuffer"),
    wrapper("chronic"),
    Wrapper {
        with_value: &["-n", "--adjustment"],
        ..wrapper("nice")
    },
    Wrapper {
        with_value: &["-c", "--class", "-n", "--classdata"],
        ..wrapper("ionice")
    },
    Wrapper {
        with_value: &["-i", "-o", "-e"],
        ..wrapper("stdbuf")
    },
    Wrapper {
        with_value: &["-k", "--kill-after", "-s", "--signal"],
        operands: 1,
        ..wrapper("timeout")
    },
    Wrapper {
        after_dashes: true,
        ..wrapper("aws-vault")
    },
    Wrapper {
        after_dashes: true,
        ..wrapper("chamber")
    },
    Wrapper {
        after_dashes: true,
        ..wrapper("doppler")
    },
    Wrapper {
        after_dashes: true,
        ..wrapper("op")
    },
];

/// Takes the wrappers off `words`, adds what they assign to `assignments`, and gives them back.
pub(super) fn strip(words: &mut Vec<Word>, assignments: &mut Vec<Assignment>) -> Vec<Word> {
    let mut start = 0;
    while let Some(next) = program_after(words, start, assignments) {
        start = next;
    }
    let program = words.split_off(start);
    std::mem::replace(words, program)
}

/// Index of the program that the wrapper at `start` runs.
fn program_after(words: &[Word], start: usize, assignments: &mut Vec<Assignment>) -> Option<usize> {
    let literal = |at: usize| {
        words
            .get(at)
            .and_then(|word: &Word| word.value.as_literal())
    };
    let path = literal(start)?;
    let name = path.rsplit('/').next().unwrap_or(path);
    if name == "eval" {
        // Words that a shell would read again to the same effect.
        let plain = |text: &str| {
            !text.is_empty()
                && text
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/'))
        };
        return (words.len() > start + 2 && literal(start + 1).is_some_and(plain))
            .then_some(start + 1);
    }
    let wrapper = WRAPPERS.iter().find(|wrapper| wrapper.name == name)?;
    let mut at = start + 1;
    if wrapper.after_dashes {
        while literal(at) != Some("--") {
            words.get(at)?;
            at += 1;
        }
        at += 1;
        return words.get(at).map(|_| at);
    }
    while let Some(option) = literal(at).filter(|word| word.starts_with('-')) {
        if wrapper.unless.contains(&option) {
            return None;
        }
        at += 1;
        if option == "--" {
            break;
        }
        if wrapper.with_value.contains(&option) {
            at += 1;
        }
    }
    at += wrapper.operands;
    let mut found = Vec::new();
    while let Some(assignment) = words
        .get(at)
        .filter(|_| wrapper.assigns)
        .and_then(assignment_of)
    {
        found.push(assignment);
        at += 1;
    }
    words.get(at)?;
    assignments.append(&mut found);
    Some(at)
}

/// `NAME=value` as a word.
pub(super) fn assignment_of(word: &Word) -> Option<Assignment> {
    let (name, value) = word.value.split_once('=')?;
    let name = name.as_literal().filter(|name| is_name(name))?.to_string();
    Some(Assignment {
        name,
        span: word.span.clone(),
        value: Word {
            value,
            ..word.clone()
        },
        is_exported: true,
    })
}
