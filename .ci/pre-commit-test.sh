#!/usr/bin/env bash
# Runs the real pre-commit on a scratch repository: a bad commit must be stopped, a good one must pass. Both hooks of
# .pre-commit-hooks.yaml are tried; with PRE_COMMIT_HOOKS="ecrlint-system" only that one, which builds nothing.
# ECRLINT is the binary that the `ecrlint-system` hook finds (default: the release build).
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
binary=${ECRLINT:-$root/target/release/ecrlint}
hooks=${PRE_COMMIT_HOOKS:-ecrlint-system ecrlint}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# Rust stays where it is when HOME moves.
export CARGO_HOME=${CARGO_HOME:-$HOME/.cargo} RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup}
export HOME=$scratch/home PRE_COMMIT_HOME=$scratch/pre-commit
mkdir -p "$HOME" "$scratch/bin"
git config --global user.name tester
git config --global user.email tester@example.com
git config --global init.defaultBranch main
git config --global protocol.file.allow always
git config --global --add safe.directory '*'
ln -s "$binary" "$scratch/bin/ecrlint"

python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install --quiet --disable-pip-version-check pre-commit
export PATH="$scratch/bin:$scratch/venv/bin:$PATH"
pre-commit --version

# The hooks as they are in this work tree, committed or not.
hook_repository=$scratch/hooks
mkdir "$hook_repository"
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
  if [ -e "$file" ]; then
    mkdir -p "$hook_repository/$(dirname "$file")"
    cp -p "$file" "$hook_repository/$file"
  fi
done
git -C "$hook_repository" init --quiet
git -C "$hook_repository" add --all
git -C "$hook_repository" commit --quiet --message hooks
revision=$(git -C "$hook_repository" rev-parse HEAD)
# The rust hook builds in the same target folder as everything else.
export CARGO_TARGET_DIR=$root/target

fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

policy() {
  cat <<JSON
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "ecr:GetAuthorizationToken",
      "Resource": "$1"
    }
  ]
}
JSON
}

for hook in $hooks; do
  echo "-- hook $hook"
  work=$scratch/work-$hook
  git init --quiet "$work"
  cd "$work"
  cat > .pre-commit-config.yaml <<YAML
repos:
  - repo: $hook_repository
    rev: $revision
    hooks:
      - id: $hook
YAML
  git add .pre-commit-config.yaml
  pre-commit install > /dev/null
  git commit --quiet --message "configure pre-commit" || fail "$hook: a commit without a fault was stopped"

  mkdir iam
  policy "arn:aws:ecr:eu-west-1:111122223333:repository/app" > iam/policy.json
  git add iam
  if git commit --quiet --message "a policy with a fault" > "$scratch/said" 2>&1; then
    cat "$scratch/said"
    fail "$hook: a bad commit passed"
  fi
  grep -E '^iam/policy\.json:[67]:[0-9]+: error\[ECR101\]: ' "$scratch/said" > /dev/null || { cat "$scratch/said"; fail "$hook: the fault is not named"; }

  policy "*" > iam/policy.json
  git add iam
  git commit --quiet --message "a policy without a fault" > "$scratch/said" 2>&1 || { cat "$scratch/said"; fail "$hook: a good commit was stopped"; }
  grep -E 'Passed' "$scratch/said" > /dev/null || { cat "$scratch/said"; fail "$hook: the hook did not run"; }

  echo "no file of ours" > notes.txt
  git add notes.txt
  git commit --quiet --message "a note" > "$scratch/said" 2>&1 || fail "$hook: a commit of another file was stopped"
  grep -E 'Skipped' "$scratch/said" > /dev/null || { cat "$scratch/said"; fail "$hook: it ran for a file that is not ours"; }
  cd "$root"
done
echo "pre-commit stops the bad commit and passes the good one"
