# What all rules share: the named functions that they take their inputs and params from.

import contextlib
import csv
import hashlib
import json
import os
import shutil
import sys
import time
from difflib import get_close_matches
from pathlib import Path

from jsonschema import Draft202012Validator
from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version, validate
from yaml import MappingNode, SequenceNode, compose, safe_dump, safe_load

min_version("9.14")

STARTED = time.time()
CONFIG_SCHEMA = "../../schemas/config.schema.yaml"
MODULES = safe_load(
    Path(workflow.source_path("../scripts/modules.yaml")).read_text(encoding="utf-8")
)


def code(rule_name):
    """Return a digest of a rule's script and of the package modules it runs."""
    digest = hashlib.sha256()
    paths = [f"../scripts/{rule_name}.py"]
    paths += [f"../scripts/strataforest/{module}.py" for module in MODULES[rule_name]]
    for path in paths:
        digest.update(Path(workflow.source_path(path)).read_bytes())
    return digest.hexdigest()[:16]


def as_text(value):
    """Return a piece of the configuration as JSON with sorted keys: equal content, equal params."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


include: "common/configuration.smk"
include: "common/settings.smk"
include: "common/files.smk"
include: "common/handlers.smk"


check_config()
check_places()
