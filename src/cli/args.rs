//! The command line as it is written: definitions and nothing else. What the values mean is decided in `cli`.

use crate::diag::{Confidence, Severity};
use crate::rules::meta::Profile;
use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const EXAMPLES: &str = "\
Examples:
  ecrlint                           lint the current directory
  ecrlint iam/ task.json            lint a folder and a file
  ecrlint --select ECR5,ECR101      run the rules of workflows, and one more
  git diff --name-only --diff-filter=d | ecrlint --files-from -
                                    lint what has changed
  aws iam get-policy-version … | ecrlint -
                                    lint what a command prints
  ecrlint explain ECR101            what a rule reports, why, and how to repair it
  ecrlint flows                     who moves which image, and whether AWS will allow it
  ecrlint can pull APP --as ROLE    ask one question about the repository
  ecrlint simulate --requests FILE  ask the IAM engine, a question a line

A finding is silenced by a comment, `# ecrlint: ignore[ECR101] reason`, or, in JSON, by an entry
under `ignore` in .ecrlint.yaml. `ecrlint check --help` lists everything.

Exit codes:
  0  nothing at or above --fail-on      3  nothing to lint, with --fail-on-empty
  1  findings                           4  internal error
  2  wrong usage, path or configuration";

const CHECK_EXAMPLES: &str = "\
Formats:
  full      snippets with the places that explain each finding; the default on a terminal
  compact   path:line:col: severity[CODE]: message, one line each; the default elsewhere
  json      one object; its shape is versioned as json-v1
  github    annotations on the lines of a pull request

Exit codes:
  0  nothing at or above --fail-on      3  nothing to lint, with --fail-on-empty
  1  findings                           4  internal error
  2  wrong usage, path or configuration";

const ASK_EXAMPLES: &str = "\
Examples:
  ecrlint can pull shop/app --as shop-exec
  ecrlint can push 111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/app --as shop-deploy infra/
  ecrlint who-can push shop/app

Exit codes:
  0  it may, or somebody may            3  the files do not tell
  1  it may not, or nobody in sight     4  internal error
  2  wrong usage, path or configuration, or a name that is not in sight";

const FLOWS_EXAMPLES: &str = "\
Examples:
  ecrlint flows
  ecrlint flows --format html --output flows.html infra/ .github/
  ecrlint flows --format mermaid >> $GITHUB_STEP_SUMMARY

Exit codes:
  0  no link is denied                  2  wrong usage, path or configuration
  1  a link is denied                   4  internal error";

const SIMULATE_EXAMPLES: &str = "\
Examples:
  ecrlint simulate --requests requests.jsonl > answers.jsonl
  ecrlint simulate --policy-input-list file://role.json --action-names ecr:PutImage \\
      --resource-arns arn:aws:ecr:eu-west-1:111122223333:repository/app \\
      --context-entries ContextKeyName=aws:SourceIp,ContextKeyValues=203.0.113.7,ContextKeyType=ip

A policy or a context entry is JSON text or file://path. Both forms are described in docs/usage.md.

Exit codes:
  0  answered, whatever the answers     2  wrong usage, or a policy that cannot be read";

/// Finds, before you deploy, what will make an image push or pull die on Amazon ECR authorization.
///
/// Reads IAM policies, ECS task definitions, VPC endpoint descriptions and GitHub workflows. Needs no credentials and no
/// network, and never calls AWS.
#[derive(Debug, Parser)]
#[command(name = "ecrlint", version, styles = STYLES, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    check: CheckArgs,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Lint files and folders; what happens when no command is given
    #[command(after_help = CHECK_EXAMPLES)]
    Check(Box<CheckArgs>),
    /// Show who moves which image, and whether AWS will allow every step of it
    #[command(after_help = FLOWS_EXAMPLES)]
    Flows(Box<FlowsArgs>),
    /// Ask whether a role may log in, pull or push
    #[command(after_help = ASK_EXAMPLES)]
    Can(Box<CanArgs>),
    /// Ask which roles may log in, pull or push
    #[command(after_help = ASK_EXAMPLES)]
    WhoCan(Box<WhoCanArgs>),
    /// Tell what a rule reports, why it matters, and how to repair it
    Explain(ExplainArgs),
    /// List the rules
    Rules(RulesArgs),
    /// Tell what AWS would answer to a request: the offline twin of `aws iam simulate-custom-policy`
    #[command(after_help = SIMULATE_EXAMPLES)]
    Simulate(Box<SimulateArgs>),
}

/// Arguments of `check`.
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// How to print findings: `full` on a terminal and `compact` elsewhere, if not given
    #[arg(long, value_name = "FORMAT", help_heading = "Output")]
    pub format: Option<FormatName>,

    /// Where the output goes.
    #[command(flatten)]
    pub output: OutputArgs,

    /// Run only these rules: codes, names, or the beginning of codes (ECR5)
    #[arg(
        long,
        value_name = "RULES",
        value_delimiter = ',',
        help_heading = "Rules"
    )]
    pub select: Vec<String>,

    /// Do not run these rules
    #[arg(
        long,
        value_name = "RULES",
        value_delimiter = ',',
        help_heading = "Rules"
    )]
    pub ignore: Vec<String>,

    /// What to look for: `deploy` what will fail, `security` also what exposes, `pedantic` everything
    #[arg(long, value_name = "PROFILE", help_heading = "Rules")]
    pub profile: Option<ProfileName>,

    /// Leave out findings that are less sure
    #[arg(long, value_name = "CONFIDENCE", help_heading = "Rules")]
    pub min_confidence: Option<ConfidenceName>,

    /// Add the rules of a folder
    #[arg(long, value_name = "DIR", help_heading = "Rules")]
    pub rules: Vec<PathBuf>,

    /// Hear also the findings that comments in files ignore
    #[arg(long, help_heading = "Rules")]
    pub no_inline_ignores: bool,

    /// The least severity that makes the exit code 1
    #[arg(long, value_name = "SEVERITY", help_heading = "Exit code")]
    pub fail_on: Option<FailOn>,

    /// Exit with 3 if there was nothing to lint
    #[arg(long, help_heading = "Exit code")]
    pub fail_on_empty: bool,

    /// What is read.
    #[command(flatten)]
    pub input: InputArgs,
}

/// Where the output of a command goes.
#[derive(Debug, Clone, Args)]
pub struct OutputArgs {
    /// Write to a file instead of standard output
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,

    /// When to use colour; NO_COLOR and CLICOLOR_FORCE count where this is `auto`
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Output"
    )]
    pub color: When,

    /// Print no summary and no progress
    #[arg(long, short, help_heading = "Output")]
    pub quiet: bool,
}

/// What a command reads.
#[derive(Debug, Clone, Args)]
pub struct InputArgs {
    /// Files, folders and quoted patterns; `-` is standard input. Without any, the current directory
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Read this configuration instead of .ecrlint.yaml
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "no_config",
        help_heading = "Files"
    )]
    pub config: Option<PathBuf>,

    /// Read no configuration
    #[arg(long, help_heading = "Files")]
    pub no_config: bool,

    /// Read the paths that a file lists, separated by newlines or NUL; `-` is standard input
    #[arg(long, value_name = "FILE", help_heading = "Files")]
    pub files_from: Option<PathBuf>,

    /// Read also what .gitignore leaves out
    #[arg(long, help_heading = "Files")]
    pub no_ignore: bool,

    /// The path that standard input is said to have
    #[arg(long, value_name = "PATH", help_heading = "Files")]
    pub stdin_filename: Option<String>,

    /// How many threads to use; as many as there are processors, if not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512), help_heading = "Files")]
    pub threads: Option<u16>,

    /// Today's date, for ignores with `until`
    #[arg(long, value_name = "YYYY-MM-DD", hide = true)]
    pub now: Option<String>,
}

/// Arguments of `flows`.
#[derive(Debug, Clone, Args)]
pub struct FlowsArgs {
    /// How to print the flows
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "tree",
        help_heading = "Output"
    )]
    pub format: FlowsFormatName,

    /// Where the output goes.
    #[command(flatten)]
    pub output: OutputArgs,

    /// What is read.
    #[command(flatten)]
    pub input: InputArgs,
}

/// Arguments of `explain`.
#[derive(Debug, Clone, Args)]
pub struct ExplainArgs {
    /// The rule's code or name
    #[arg(value_name = "RULE")]
    pub rule: String,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: TextOrJson,
    /// Add the rules of a folder
    #[arg(long, value_name = "DIR")]
    pub rules: Vec<PathBuf>,
    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: When,
}

/// Arguments of `rules`.
#[derive(Debug, Clone, Args)]
pub struct RulesArgs {
    /// How to print them
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: TextOrJson,
    /// Add the rules of a folder
    #[arg(long, value_name = "DIR")]
    pub rules: Vec<PathBuf>,
}

/// Arguments of `simulate`. Those of the second form have the names that the AWS CLI gives them
/// (<https://docs.aws.amazon.com/cli/latest/reference/iam/simulate-custom-policy.html>).
#[derive(Debug, Clone, Args)]
#[command(group = clap::ArgGroup::new("form").required(true).args(["requests", "policy_input_list"]))]
pub struct SimulateArgs {
    /// Answer each line of a file, one JSON object a line; `-` is standard input
    #[arg(long, value_name = "FILE", help_heading = "Many requests")]
    pub requests: Option<PathBuf>,

    /// How many threads to use; as many as there are processors, if not given
    #[arg(long, value_name = "N", conflicts_with = "policy_input_list", value_parser = clap::value_parser!(u16).range(1..=512), help_heading = "Many requests")]
    pub threads: Option<u16>,

    /// Identity policies
    #[arg(long, value_name = "POLICY", num_args = 1.., requires = "action_names", help_heading = "As in the AWS CLI")]
    pub policy_input_list: Vec<String>,

    /// What is to be done, such as ecr:PutImage
    #[arg(long, value_name = "ACTION", num_args = 1.., requires = "policy_input_list", conflicts_with = "requests", help_heading = "As in the AWS CLI")]
    pub action_names: Vec<String>,

    /// To what it is to be done; `*` if not given
    #[arg(long, value_name = "ARN", num_args = 1.., requires = "policy_input_list", conflicts_with = "requests", help_heading = "As in the AWS CLI")]
    pub resource_arns: Vec<String>,

    /// Condition keys of the request: JSON, or ContextKeyName=…,ContextKeyValues=…,ContextKeyType=…
    #[arg(long, value_name = "ENTRY", num_args = 1.., requires = "policy_input_list", conflicts_with = "requests", help_heading = "As in the AWS CLI")]
    pub context_entries: Vec<String>,

    /// Permissions boundary of the caller
    #[arg(long, value_name = "POLICY", num_args = 1.., requires = "policy_input_list", conflicts_with = "requests", help_heading = "As in the AWS CLI")]
    pub permissions_boundary_policy_input_list: Vec<String>,

    /// Policy of the resource; needs --caller-arn
    #[arg(
        long,
        value_name = "POLICY",
        requires = "policy_input_list",
        conflicts_with = "requests",
        requires = "caller_arn",
        help_heading = "As in the AWS CLI"
    )]
    pub resource_policy: Option<String>,

    /// Who asks
    #[arg(
        long,
        value_name = "ARN",
        requires = "policy_input_list",
        conflicts_with = "requests",
        help_heading = "As in the AWS CLI"
    )]
    pub caller_arn: Option<String>,

    /// Who owns resources whose ARN names no account: an account's ARN; the caller's account, if not given
    #[arg(
        long,
        value_name = "ARN",
        requires = "policy_input_list",
        conflicts_with = "requests",
        help_heading = "As in the AWS CLI"
    )]
    pub resource_owner: Option<String>,
}

/// A format of `check`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FormatName {
    /// Snippets with explanations
    Full,
    /// One line a finding
    Compact,
    /// One JSON object
    #[value(alias = "json-v1")]
    Json,
    /// Annotations on GitHub
    Github,
}

/// Arguments that `can` and `who-can` share.
#[derive(Debug, Clone, Args)]
pub struct AskArgs {
    /// What is to be done
    #[arg(value_name = "OPERATION")]
    pub operation: OperationName,

    /// The image: its whole name, or the name of a repository in sight
    #[arg(value_name = "IMAGE")]
    pub image: String,

    /// How to print the answer
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Output"
    )]
    pub format: TextOrJson,

    /// Where the output goes.
    #[command(flatten)]
    pub output: OutputArgs,

    /// What is read.
    #[command(flatten)]
    pub input: InputArgs,
}

/// Arguments of `can`.
#[derive(Debug, Clone, Args)]
pub struct CanArgs {
    /// The question.
    #[command(flatten)]
    pub ask: AskArgs,

    /// The role or user that is to do it: its name, its ARN, or what a file calls it
    #[arg(long = "as", value_name = "ROLE")]
    pub role: String,
}

/// Arguments of `who-can`.
#[derive(Debug, Clone, Args)]
pub struct WhoCanArgs {
    /// The question.
    #[command(flatten)]
    pub ask: AskArgs,
}

/// What a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OperationName {
    /// To log in to the image's registry
    Login,
    /// To log in and pull
    Pull,
    /// To log in and push
    Push,
}

/// A format of `flows`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FlowsFormatName {
    /// For people at a terminal
    Tree,
    /// One JSON object
    #[value(alias = "flows-v1")]
    Json,
    /// A Mermaid diagram, for READMEs and pull requests
    Mermaid,
    /// One page for the browser, which needs nothing else
    Html,
}

/// A format of `explain` and `rules`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TextOrJson {
    /// For people
    Text,
    /// For programs
    Json,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// A severity for `--fail-on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Errors
    Error,
    /// Errors and warnings
    Warning,
    /// Every finding
    Note,
    /// Nothing
    Never,
}

impl FailOn {
    /// The least severity that fails; `None` if none does.
    pub fn severity(self) -> Option<Severity> {
        match self {
            FailOn::Error => Some(Severity::Error),
            FailOn::Warning => Some(Severity::Warning),
            FailOn::Note => Some(Severity::Note),
            FailOn::Never => None,
        }
    }
}

/// A profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ProfileName {
    /// What will fail
    Deploy,
    /// And what exposes
    Security,
    /// And what is merely worth knowing
    Pedantic,
}

impl From<ProfileName> for Profile {
    fn from(name: ProfileName) -> Self {
        match name {
            ProfileName::Deploy => Profile::Deploy,
            ProfileName::Security => Profile::Security,
            ProfileName::Pedantic => Profile::Pedantic,
        }
    }
}

/// A confidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ConfidenceName {
    /// A hint
    Low,
    /// Likely
    Medium,
    /// Proved by what the files say
    High,
}

impl From<ConfidenceName> for Confidence {
    fn from(name: ConfidenceName) -> Self {
        match name {
            ConfidenceName::Low => Confidence::Low,
            ConfidenceName::Medium => Confidence::Medium,
            ConfidenceName::High => Confidence::High,
        }
    }
}

/// Why there is no command to run.
#[derive(Debug)]
pub struct Instead {
    error: clap::Error,
}

impl Instead {
    /// Prints the help, the version or the complaint where it belongs.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn print(&self) -> std::io::Result<()> {
        self.error.print()
    }

    /// Whether this is a complaint, rather than the help or the version.
    pub fn is_complaint(&self) -> bool {
        self.error.use_stderr()
    }
}

/// Reads the command line.
///
/// # Errors
/// If it is wrong, or asks for the help or the version.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, Instead> {
    let line = CommandLine::try_parse_from(arguments).map_err(|error| Instead { error })?;
    Ok(line
        .command
        .unwrap_or_else(|| Command::Check(Box::new(line.check))))
}

/// The commands that exist, by name.
pub fn commands() -> Vec<String> {
    CommandLine::command()
        .get_subcommands()
        .map(|one| one.get_name().to_string())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command, Instead> {
        parse(line.split(' ').map(OsString::from))
    }

    fn check(line: &str) -> CheckArgs {
        match parsed(line) {
            Ok(Command::Check(args)) => *args,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn definitions_are_sound() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn check_is_what_happens_without_a_command() {
        assert_eq!(check("ecrlint a b").input.paths.len(), 2);
        assert_eq!(
            check("ecrlint --format json a").format,
            Some(FormatName::Json)
        );
        assert_eq!(
            check("ecrlint check --format json-v1 a").format,
            Some(FormatName::Json)
        );
        assert_eq!(
            check("ecrlint --select ECR1,ECR5 --select x").select,
            ["ECR1", "ECR5", "x"]
        );
        assert!(matches!(parsed("ecrlint rules"), Ok(Command::Rules(_))));
        assert_eq!(
            check("ecrlint ./rules").input.paths,
            [PathBuf::from("./rules")]
        );
    }

    #[test]
    fn wrong_lines_are_complaints() {
        for line in [
            "ecrlint --formt json",
            "ecrlint --threads 0",
            "ecrlint explain",
            "ecrlint --config a --no-config",
            "ecrlint simulate",
            "ecrlint simulate --requests - --policy-input-list {} --action-names a:b",
            "ecrlint simulate --requests - --action-names a:b",
            "ecrlint simulate --policy-input-list {}",
            "ecrlint simulate --policy-input-list {} --action-names a:b --threads 2",
            "ecrlint simulate --policy-input-list {} --action-names a:b --resource-policy {}",
        ] {
            assert!(parsed(line).expect_err(line).is_complaint());
        }
        assert!(!parsed("ecrlint --help").expect_err("help").is_complaint());
    }
}
