#!/usr/bin/env python3
"""Times ecrlint's engine beside other offline IAM evaluators, in one run on one machine.

  pip install moto principalmapper
  engine-peers.py ECRLINT SHARED

All evaluate the requests of cases/requests.jsonl that have identity policies only, each policy document read anew for each
request. Printed: requests a second on one core (the best of three passes), and how many decisions agree with the expected
ones, which follow the AWS documentation. The peers that do not import are left out.
"""
import collections
import collections.abc
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

for name in ("Mapping", "MutableMapping"):  # principalmapper 1.1.5 was written for Python before 3.10
    if not hasattr(collections, name):
        setattr(collections, name, getattr(collections.abc, name))


def moto():
    from moto.iam.access_control import IAMPolicy, PermissionResult
    words = {PermissionResult.PERMITTED: "allow", PermissionResult.DENIED: "explicit_deny"}

    def decide(case, texts):
        request, seen = case["request"], set()
        for text in texts:
            result = IAMPolicy({"policy_document": text}).is_action_permitted(
                request["action"], request["resource"], None, request["context"])
            seen.add(words.get(result, "implicit_deny"))
        return next((w for w in ("explicit_deny", "allow") if w in seen), "implicit_deny")
    return decide


def principalmapper():
    from principalmapper.querying.local_policy_simulation import policy_has_matching_statement
    from principalmapper.util.case_insensitive_dict import CaseInsensitiveDict

    def decide(case, texts):
        request = case["request"]
        policies = [json.loads(text) for text in texts]
        keys = CaseInsensitiveDict({k: v for k, v in request["context"].items() if isinstance(v, str)})
        for effect, word in (("Deny", "explicit_deny"), ("Allow", "allow")):
            for policy in policies:
                if policy_has_matching_statement(policy, effect, request["action"], request["resource"], keys):
                    return word
        return "implicit_deny"
    return decide


def main():
    binary, shared = os.path.abspath(sys.argv[1]), sys.argv[2]
    with open(os.path.join(shared, "cases", "requests.jsonl")) as lines:
        lines = [line for line in lines if all(p["kind"] == "identity" for p in json.loads(line)["policies"])]
    cases = [json.loads(line) for line in lines]
    texts = [[json.dumps(p["document"]) for p in case["policies"]] for case in cases]
    print(f"{len(cases)} requests with identity policies only")
    report("ecrlint simulate (with start, reading and writing)", *ours(binary, lines, cases))
    for maker in (moto, principalmapper):
        try:
            decide = maker()
        except ImportError as error:
            print(f"{maker.__name__}: left out ({error})")
            continue
        best, agree, failed = 0, 0, 0
        for _ in range(3):
            start, agree, failed = time.process_time(), 0, 0
            for case, text in zip(cases, texts):
                try:
                    agree += decide(case, text) == case["expected"]
                except Exception:  # noqa: BLE001  what a peer cannot read counts against it
                    failed += 1
            best = max(best, len(cases) / (time.process_time() - start))
        report(maker.__name__, best, agree, len(cases), failed)


def ours(binary, lines, cases):
    times = 50
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.write("".join(lines) * times)
        file.flush()
        best = 0
        for _ in range(3):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            run = subprocess.run([binary, "simulate", "--requests", file.name], capture_output=True, text=True, check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            best = max(best, len(cases) * times / cpu)
    answers = [json.loads(line) for line in run.stdout.splitlines()[: len(cases)]]
    return best, sum(a["decision"] == c["expected"] for a, c in zip(answers, cases)), len(cases), 0


def report(name, rate, agree, total, failed):
    print(f"{name:<52} {rate:>10,.0f} requests/s   agrees {agree} of {total}" + (f", {failed} not read" if failed else ""))


main()
