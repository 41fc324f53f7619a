#!/usr/bin/env python3
"""Make a Kubernetes Job of the script that Snakemake wrote, and print the Job's name.

usage: submit.py JOBSCRIPT, as cluster-generic calls it. What the job asks for stands in the
script's own first lines; what is the site's stands in job.yaml beside this file.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import yaml

TEMPLATE = Path(__file__).with_name("job.yaml")


def properties(jobscript):
    """Return what Snakemake says of the job, a line of JSON in a comment of its script."""
    text = Path(jobscript).read_text(encoding="utf-8")
    return json.loads(re.search(r"^# properties = (.+)$", text, flags=re.MULTILINE)[1])


def manifest(jobscript, folder):
    """Return the Job that runs the script in the folder, with what the script asks for."""
    asked = properties(jobscript)
    resources = asked["resources"]
    memory = f"{resources['mem_mb']}M"
    job = yaml.safe_load(TEMPLATE.read_text(encoding="utf-8"))
    job["spec"]["activeDeadlineSeconds"] = 60 * resources["runtime"]
    container = job["spec"]["template"]["spec"]["containers"][0]
    container["command"] = ["/bin/sh", str(jobscript)]
    container["workingDir"] = str(folder)
    container["resources"] = {
        "requests": {
            "cpu": str(asked["threads"]),
            "memory": memory,
            "ephemeral-storage": f"{resources['disk_mb']}M",
        },
        # No limit on CPUs: an idle one is nobody's loss.
        "limits": {"memory": memory},
    }
    return job


if __name__ == "__main__":
    made = subprocess.run(
        ["kubectl", "create", "--filename", "-", "--output", "jsonpath={.metadata.name}"],
        input=json.dumps(manifest(sys.argv[1], Path.cwd())),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    print(made.stdout.strip())
