#!/usr/bin/env python3
"""Puts the shared case files to `ecrlint simulate --requests` and compares every field that a case expects.

    .ci/cases.py BINARY SHARED

SHARED holds cases/requests.jsonl, cases/requests-from-docs.jsonl and cases/worlds.jsonl. Prints how many of each file
agree, and each case that does not. Exits 1 if any does not.
"""

import json
import pathlib
import subprocess
import sys


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def wrong_fields(case, answer, fields):
    """The fields in which the answer is not what the case expects."""
    return {
        name: (case[expected], answer[name])
        for name, expected in fields.items()
        if answer[name] != case[expected]
    }


# What the answer says, and where the case says what it should be.
DECISION = {"decision": "expected", "deciding": "deciding", "limited_by": "limited_by"}
VERDICT = {"verdict": "expected"}
FILES = {"requests.jsonl": DECISION, "requests-from-docs.jsonl": DECISION, "worlds.jsonl": VERDICT}

# With nothing unknown the verdict follows from the decision.
VERDICT_OF = {"allow": "allowed", "implicit_deny": "denied", "explicit_deny": "denied"}


def check(binary, path, fields):
    cases = lines(path.read_text(encoding="utf-8"))
    done = subprocess.run(
        [binary, "simulate", "--requests", str(path)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        print(f"{path.name}: exit code {done.returncode}: {done.stderr.strip()}")
        return False
    answers = lines(done.stdout)
    if len(cases) != len(answers):
        print(f"{path.name}: {len(cases)} lines, {len(answers)} answers")
        return False
    wrong = []
    for case, answer in zip(cases, answers):
        differing = wrong_fields(case, answer, fields)
        if answer["id"] != case["id"] or answer["error"] is not None:
            differing["id, error"] = (case["id"], (answer["id"], answer["error"]))
        if fields is DECISION and answer["verdict"] != VERDICT_OF[case["expected"]]:
            differing["verdict"] = (VERDICT_OF[case["expected"]], answer["verdict"])
        if fields is VERDICT and answer["decision"] is not None and (case["unknown_context"] or case["open"]):
            differing["decision"] = (None, answer["decision"])
        if differing:
            wrong.append((case["id"], differing))
    print(f"{path.name}: {len(cases) - len(wrong)} of {len(cases)}")
    for name, differing in wrong:
        for field, (expected, found) in differing.items():
            print(f"  {name}: {field}: expected {json.dumps(expected)}, found {json.dumps(found)}")
    return not wrong


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    binary, shared = sys.argv[1], pathlib.Path(sys.argv[2])
    agrees = [check(binary, shared / "cases" / name, fields) for name, fields in FILES.items()]
    return 0 if all(agrees) else 1


if __name__ == "__main__":
    sys.exit(main())
