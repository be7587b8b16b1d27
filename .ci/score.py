#!/usr/bin/env python3
"""Scores ecrlint on the labelled corpus.

  score.py ECRLINT SHARED

Every definite label of a kind in KINDS, in a dialect that ecrlint reads by now, must be found on its line (one line off
counts), and no file labelled clean may have an error or a warning. Every file must be read without a crash.
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
    "token-in-repository-policy": {"ECR109"},
    "missing-id-token": {"ECR501"},
    "deprecated-get-login": {"ECR505"},
    "docker-login-p": {"ECR506"},
    "task-role-is-execution-role": {"ECR304"},
    "malformed-json": {"ECR901"},
    "malformed-yaml": {"ECR901"},
}
# Folders of the corpus that are stored and whose dialect is read; Terraform and scripts are not stored.
FOLDERS = ("policies/", "taskdefs/", "workflows/", "workflows-other/", "cfn/")
GUARDED = "get-login-guarded"


def main():
    binary, shared = os.path.abspath(sys.argv[1]), sys.argv[2]
    corpus = os.path.join(shared, "corpus")
    run = subprocess.run(
        [binary, "check", "--format", "json", "--profile", "security", "--no-config", "."],
        cwd=corpus, capture_output=True, text=True, timeout=300)
    if run.returncode not in (0, 1):
        print(run.stderr)
        sys.exit(f"ecrlint ended with {run.returncode}")
    report = json.loads(run.stdout)
    found = {}
    for finding in report["findings"]:
        found.setdefault(finding["path"], []).append(finding)
    missed, false, hit, clean, guarded = [], [], 0, 0, []
    with open(os.path.join(corpus, "labels.csv"), newline="") as labels:
        for row in csv.DictReader(labels):
            path, line, kind = row["file"], int(row["line"]), row["kind"]
            if kind.startswith("malformed"):
                # The label of a broken file stands on line 1; its text names the line of the fault.
                named = re.search(r"line (\d+)", row["why"])
                line = int(named.group(1)) if named and line == 1 else line
            if not path.startswith(FOLDERS):
                continue
            here = found.get(path, [])
            if kind == "clean":
                loud = [f for f in here if f["severity"] in ("error", "warning")]
                clean += not loud
                false += [(path, f) for f in loud]
            elif kind == GUARDED:
                guarded += [(path, f) for f in here if f["code"] == "ECR505" and f["severity"] != "note"]
            elif kind in KINDS and row["confidence"] == "definite":
                lines = [f["start"]["line"] for f in here if f["code"] in KINDS[kind]]
                if any(abs(at - line) <= 1 for at in lines):
                    hit += 1
                else:
                    missed.append((path, line, kind, lines))
    summary = report["summary"]
    print(f"{summary['files_linted']} of {summary['files_seen']} files linted: "
          f"{summary['errors']} errors, {summary['warnings']} warnings, {summary['notes']} notes")
    print(f"definite labels found {hit} of {hit + len(missed)}, clean files silent {clean} of {clean + len({p for p, _ in false})}")
    for path, line, kind, lines in missed:
        print(f"MISSED {path}:{line} {kind}; its rules fired on lines {lines}")
    for path, finding in false + guarded:
        print(f"FALSE {path}:{finding['start']['line']} {finding['severity']}[{finding['code']}] {finding['message']}")
    sys.exit(bool(missed or false or guarded))


main()
