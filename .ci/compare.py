#!/usr/bin/env python3
"""Puts the cases that have identity policies only to ecrlint and to other evaluators, side by side: speed and agreement.

    .ci/compare.py BINARY SHARED

SHARED holds cases/requests.jsonl and cases/requests-from-docs.jsonl. The others run if they are installed: `moto` and
`principalmapper` (PyPI); those that are not are named. They get documents that are parsed already, which does not count;
ecrlint reads, compiles and answers each line on one thread, and its start counts. No part of `.ci/run`: what others answer is not ours to hold.
"""

import collections
import collections.abc
import json
import pathlib
import subprocess
import sys
import tempfile
import time

ROUNDS = 20


def cases(shared):
    found = []
    for name in ("requests.jsonl", "requests-from-docs.jsonl"):
        for line in (shared / "cases" / name).read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            if all(policy["kind"] == "identity" for policy in case["policies"]):
                found.append(case)
    return found


def report(name, count, seconds, agrees, failed):
    print(f"{name:<20} {count / seconds:>10.0f} requests/s   agrees on {agrees} of {count}, fails on {failed}")


def timed(name, subset, prepare, ask):
    prepared, agrees, failed = [], 0, 0
    for case in subset:
        try:
            prepared.append((prepare(case), case))
        except Exception:  # pylint: disable=broad-except
            failed += 1
    started = time.perf_counter()
    for item, case in prepared:
        try:
            agrees += ask(item, case) == case["expected"]
        except Exception:  # pylint: disable=broad-except
            failed += 1
    seconds = (time.perf_counter() - started) * len(subset) / max(len(prepared), 1)
    report(name, len(subset), seconds, agrees, failed)


def ecrlint(binary, subset):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "requests.jsonl"
        text = "".join(json.dumps(case) + "\n" for case in subset)
        path.write_text(text * ROUNDS, encoding="utf-8")
        started = time.perf_counter()
        done = subprocess.run(
            [binary, "simulate", "--threads", "1", "--requests", str(path)], capture_output=True, text=True, check=True
        )
        seconds = (time.perf_counter() - started) / ROUNDS
    answers = [json.loads(line) for line in done.stdout.splitlines()[: len(subset)]]
    agrees = sum(answer["decision"] == case["expected"] for answer, case in zip(answers, subset))
    failed = sum(answer["error"] is not None for answer in answers)
    report("ecrlint (process)", len(subset), seconds, agrees, failed)


def moto(subset):
    try:
        from moto.iam.access_control import IAMPolicy, PermissionResult
    except ImportError as error:
        print(f"moto: left out: {error}")
        return

    def prepare(case):
        return [IAMPolicy(json.dumps(policy["document"])) for policy in case["policies"]]

    def ask(policies, case):
        request = case["request"]
        results = [policy.is_action_permitted(request["action"], request["resource"]) for policy in policies]
        if PermissionResult.DENIED in results:
            return "explicit_deny"
        return "allow" if PermissionResult.PERMITTED in results else "implicit_deny"

    timed("moto", subset, prepare, ask)


def principalmapper(subset):
    # It names classes that Python 3.10 moved.
    for name in ("Mapping", "MutableMapping", "Iterable", "Sequence"):
        if not hasattr(collections, name):
            setattr(collections, name, getattr(collections.abc, name))
    try:
        from principalmapper.common import Node, Policy
        from principalmapper.querying.local_policy_simulation import has_matching_statement
        from principalmapper.util.case_insensitive_dict import CaseInsensitiveDict
    except ImportError as error:
        print(f"principalmapper: left out: {error}")
        return

    def prepare(case):
        request = case["request"]
        arn = request["context"].get("aws:PrincipalArn", request["principal_arn"])
        attached = [Policy(arn, f"p{at}", policy["document"]) for at, policy in enumerate(case["policies"])]
        node = Node(arn, "AIDAEXAMPLE", attached, [], {} if ":role/" in arn else None, None, 0, False, False, None, False, {})
        return node, CaseInsensitiveDict(request["context"])

    def ask(item, case):
        node, context = item
        request = case["request"]
        for effect, answer in (("Deny", "explicit_deny"), ("Allow", "allow")):
            if has_matching_statement(node, effect, request["action"], request["resource"], context):
                return answer
        return "implicit_deny"

    timed("principalmapper", subset, prepare, ask)


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    subset = cases(pathlib.Path(sys.argv[2]))
    print(f"{len(subset)} cases with identity policies only")
    ecrlint(sys.argv[1], subset)
    moto(subset)
    principalmapper(subset)


if __name__ == "__main__":
    main()
