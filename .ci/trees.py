#!/usr/bin/env python3
"""Checks ecrlint on generated trees with planted defects.

  trees.py ECRLINT SHARED [SEED …]

Every planted defect in PLANTED must be found in its file; no row labelled ok or not-ecr may have an error.
"""
import json
import os
import subprocess
import sys
import tempfile

# planted defect -> (kind, codes)
PLANTED = {
    ("iam", "scoped-auth-token"): {"ECR101"},
    ("iam", "missing-action"): {"ECR103", "ECR104"},
    ("iam", "account-mismatch"): {"ECR204"},
    ("taskdef", "no-execution-role"): {"ECR301"},
    ("taskdef", "roles-swapped"): {"ECR303"},
    ("workflow", "no-login"): {"ECR502"},
    ("workflow", "no-id-token"): {"ECR501"},
    ("workflow", "get-login"): {"ECR505"},
    ("workflow", "wrong-user"): {"ECR507"},
    ("workflow", "static-keys"): {"ECR510"},
    ("cfn", "scoped-auth-token"): {"ECR101"},
    ("cfn", "missing-action"): {"ECR201"},
    ("cfn", "no-auth-token"): {"ECR203"},
    ("cfn", "roles-swapped"): {"ECR302"},
    ("tf", "scoped-auth-token"): {"ECR101"},
    ("tf", "no-auth-token"): {"ECR203"},
}
KINDS = ("iam", "taskdef", "workflow", "cfn", "tf")
# True of trees that are sound otherwise: the generator gives its tasks the awslogs driver and secrets, and their execution
# roles nothing but the right to pull.
TRUE_BESIDES = {"ECR306", "ECR307"}
PUSH = {"ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage"}


def needs_nothing_more(path):
    """Whether a policy with a "missing" action still grants every action that its operation needs.

    The generator takes one action at random out of its own list, and some of that list is not needed: AWS's pull set has
    no BatchCheckLayerAvailability, its push set no GetDownloadUrlForLayer (reference/operations.md, from
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html and ECR_on_ECS.html)."""
    if not path.endswith(".json"):
        with open(path) as file:
            text = file.read()
        # The repository's own policy names all of them, too.
        return text.count("ecr:BatchCheckLayerAvailability") < text.count("ecr:GetDownloadUrlForLayer")
    with open(path) as file:
        for statement in json.load(file)["Statement"]:
            if statement.get("Sid") == "ECRImage":
                actions = set(statement["Action"])
                if actions & PUSH:
                    return "ecr:GetDownloadUrlForLayer" not in actions
                return "ecr:BatchCheckLayerAvailability" not in actions
    return False


def main():
    binary, shared = os.path.abspath(sys.argv[1]), sys.argv[2]
    seeds = sys.argv[3:] or ["7", "11"]
    bad = 0
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            generator = os.path.join(shared, "bench", "gen_corpus.py")
            subprocess.run([sys.executable, generator, folder, "--seed", seed, "--only", "small,repo"],
                           check=True, stdout=subprocess.DEVNULL)
            for name in ("small", "repo"):
                bad += check(binary, os.path.join(folder, name), os.path.join(folder, name + ".tsv"), f"{name} seed {seed}")
    sys.exit(bool(bad))


def check(binary, tree, table, title):
    run = subprocess.run([binary, "check", "--format", "json", "--profile", "security", "--no-config", "."],
                         cwd=tree, capture_output=True, text=True, timeout=300)
    if run.returncode not in (0, 1):
        print(run.stderr)
        sys.exit(f"ecrlint ended with {run.returncode}")
    found = {}
    for finding in json.loads(run.stdout)["findings"]:
        found.setdefault(finding["path"], []).append(finding)
    planted = caught = not_needed = silent = wrong = 0
    with open(table) as rows:
        for row in rows:
            path, kind, defect, _ = row.rstrip("\n").split("\t")
            here = found.get(path, [])
            if kind not in KINDS:
                continue
            if defect in ("ok", "not-ecr"):
                errors = [f for f in here if f["severity"] == "error" and f["code"] not in TRUE_BESIDES]
                silent += not errors
                for f in errors:
                    wrong += 1
                    print(f"{title}: FALSE {path}:{f['start']['line']} {f['code']} {f['message']}")
            elif (kind, defect) in PLANTED:
                if any(f["code"] in PLANTED[kind, defect] for f in here):
                    planted += 1
                    caught += 1
                elif defect == "missing-action" and needs_nothing_more(os.path.join(tree, path)):
                    not_needed += 1
                else:
                    planted += 1
                    wrong += 1
                    print(f"{title}: MISSED {path} {defect}")
    print(f"{title}: planted {planted}, found {caught}; {not_needed} left out an action that is not needed; "
          f"{silent} sound files without an error")
    return wrong


main()
