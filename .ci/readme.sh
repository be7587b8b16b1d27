#!/usr/bin/env bash
# Runs the README's first command as it is printed there, and expects it to report the example's faults (exit code 1).
set -euo pipefail
cd "$(dirname "$0")/.."
command=$(sed -n '/<!-- command 1 -->/,/```$/p' README.md | grep '^cargo run' | head -1)
[ -n "$command" ] || { echo "README.md has no command 1"; exit 1; }
echo "$command"
code=0
bash -c "$command" || code=$?
[ "$code" = 1 ] || { echo "expected exit code 1, got $code"; exit 1; }
