"""A stand-in for kubectl: holds Jobs to Kubernetes' own schema, keeps them, runs them here.

usage: kubectl create|get|delete ..., as the scripts in profiles/kubernetes call it. KUBECTL_FOLDER
says where Jobs are kept. The first Job is lost, as if somebody had deleted it. What this cannot
show: the image, the volume, quotas, permissions and whether the pod could be placed.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from kubernetes_validate import validate
from kubernetes_validate.utils import latest_version

FOLDER = Path(os.environ["KUBECTL_FOLDER"])
RUN = '"$@" > "$0.log" 2>&1; echo $? > "$0.status"'


def create():
    """Keep the Job read from standard input, begin its command, and print its name."""
    job = json.load(sys.stdin)
    validate(job, latest_version(), strict=True)
    number = len(list(FOLDER.glob("*.json")))
    name = f"{job['metadata']['generateName']}{number}"
    (FOLDER / f"{name}.json").write_text(json.dumps(job), encoding="utf-8")
    if number:
        container = job["spec"]["template"]["spec"]["containers"][0]
        subprocess.Popen(
            ["/bin/sh", "-c", RUN, str(FOLDER / name), *container["command"]],
            cwd=container["workingDir"],
            env={name: os.environ[name] for name in ("HOME", "PATH")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    print(name)


def get(name):
    """Print a Job's name, how many pods succeeded and how many failed; nothing of the lost Job."""
    status = FOLDER / f"{name}.status"
    ended = status.read_text(encoding="utf-8").strip() if status.is_file() else ""
    if not name.endswith("-0"):
        print(f"{name}/{'1' if ended == '0' else ''}/{'1' if ended not in ('', '0') else ''}")


if __name__ == "__main__":
    verb, *words = sys.argv[1:]
    if verb == "create":
        create()
    elif verb == "get":
        get(words[1])
