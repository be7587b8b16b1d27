#!/usr/bin/env python3
"""Scores ecrlint on the labelled corpus.

  score.py ECRLINT SHARED [BESIDE]

Every definite label of a kind in KINDS must be found on its line (one line off counts), and no file labelled clean may
have an error or a warning. Every file must be read without a crash. Terraform and scripts are not stored in the corpus:
BESIDE is a folder with a checkout of each repository they are of, named `owner+repository@` and seven digits of the
commit; each is linted as a whole. Without it their rows are left out, and the score says so.
"""
import csv
import json
import os
import re
import subprocess
import sys

KINDS = {
    "token-scoped": {"ECR101"},
    "missing-ecr-action": {"ECR103", "ECR104"},
    "resource-is-not-an-arn": {"ECR106"},
    "endpoint-condition-too-narrow": {"ECR107"},
    "token-in-repository-policy": {"ECR109"},
    "missing-id-token": {"ECR501"},
    "deprecated-get-login": {"ECR505"},
    "docker-login-p": {"ECR506"},
    "hard-coded-keys": {"ECR511"},
    "static-access-keys": {"ECR510"},
    "task-role-is-execution-role": {"ECR304"},
    "malformed-json": {"ECR901"},
    "malformed-yaml": {"ECR901"},
}
GUARDED = "get-login-guarded"


def lint(binary, folder):
    """The findings of each file of a folder, and the summary."""
    run = subprocess.run(
        [binary, "check", "--format", "json", "--profile", "security", "--no-config", "."],
        cwd=folder, capture_output=True, text=True, timeout=300)
    if run.returncode not in (0, 1):
        print(run.stderr)
        sys.exit(f"ecrlint ended with {run.returncode} in {folder}")
    report = json.loads(run.stdout)
    found = {}
    for finding in report["findings"]:
        found.setdefault(finding["path"], []).append(finding)
    return found, report["summary"]


class Score:
    """What was found of what was to be found."""

    def __init__(self):
        self.hit, self.clean, self.cleanless = 0, 0, set()
        self.missed, self.false, self.left_out = [], [], 0

    def judge(self, row, here):
        """Judges the findings of one file by one label."""
        path, line, kind = row["file"], int(row["line"]), row["kind"]
        if kind.startswith("malformed"):
            # The label of a broken file stands on line 1; its text names the line of the fault.
            named = re.search(r"line (\d+)", row["why"])
            line = int(named.group(1)) if named and line == 1 else line
        if kind == "clean":
            loud = [f for f in here if f["severity"] in ("error", "warning")]
            self.clean += not loud
            self.cleanless |= {path} if loud else set()
            self.false += [(path, f) for f in loud]
        elif kind == GUARDED:
            self.false += [(path, f) for f in here if f["code"] == "ECR505" and f["severity"] != "note"]
        elif kind in KINDS and row["confidence"] == "definite":
            lines = [f["start"]["line"] for f in here if f["code"] in KINDS[kind]]
            if any(abs(at - line) <= 1 for at in lines):
                self.hit += 1
            else:
                self.missed.append((path, line, kind, lines))


def main():
    binary, shared = os.path.abspath(sys.argv[1]), sys.argv[2]
    beside = sys.argv[3] if len(sys.argv) > 3 else None
    corpus = os.path.join(shared, "corpus")
    found, summary = lint(binary, corpus)
    with open(os.path.join(corpus, "index.csv"), newline="") as index:
        rows = {row["file"]: row for row in csv.DictReader(index)}
    score, checkouts = Score(), {}
    with open(os.path.join(corpus, "labels.csv"), newline="") as labels:
        for row in csv.DictReader(labels):
            known = rows.get(row["file"])
            if known is None or known["stored"] == "yes":
                score.judge(row, found.get(row["file"], []))
                continue
            name = f"{known['repo'].replace('/', '+')}@{known['commit'][:7]}"
            folder = beside and os.path.join(beside, name)
            if not folder or not os.path.isfile(os.path.join(folder, known["path"])):
                score.left_out += 1
                continue
            if folder not in checkouts:
                checkouts[folder] = lint(binary, folder)[0]
            score.judge(row, checkouts[folder].get(known["path"], []))
    print(f"{summary['files_linted']} of {summary['files_seen']} files linted: "
          f"{summary['errors']} errors, {summary['warnings']} warnings, {summary['notes']} notes")
    print(f"definite labels found {score.hit} of {score.hit + len(score.missed)}, "
          f"clean files silent {score.clean} of {score.clean + len(score.cleanless)}")
    if score.left_out:
        print(f"{score.left_out} labels left out: their files are not stored, and no checkout of them lies beside")
    for path, line, kind, lines in score.missed:
        print(f"MISSED {path}:{line} {kind}; its rules fired on lines {lines}")
    for path, finding in score.false:
        print(f"FALSE {path}:{finding['start']['line']} {finding['severity']}[{finding['code']}] {finding['message']}")
    sys.exit(bool(score.missed or score.false))


main()
