# What all rules share: the named functions that they take their inputs and params from.

import atexit
import contextlib
import csv
import gc
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from difflib import get_close_matches
from functools import cache, lru_cache
from pathlib import Path
from types import ModuleType

from jsonschema import Draft202012Validator
from snakemake.exceptions import WorkflowError
from snakemake.sourcecache import LocalSourceFile
from snakemake.utils import min_version, validate
from yaml import MappingNode, SequenceNode, compose, load, safe_dump

try:
    from yaml import CSafeLoader as Loader  # ten times as fast, where PyYAML has it
except ImportError:
    from yaml import SafeLoader as Loader

min_version("9.14")

STARTED = time.time()
# At its end Python looks through all of Snakemake's objects for cycles: 0.15 s of every run.
atexit.register(gc.freeze)
CONFIG_SCHEMA = "../../schemas/config.schema.yaml"
HERE = workflow.current_basedir
# Beside this folder, whichever of the two Snakefiles was named.
SCRIPTS = Path(str(HERE)).parent / "scripts"


@cache
def own_bytes(place):
    """Return the bytes of a file of the workflow itself, given from this file's folder."""
    # Snakemake copies what it gives a path of: only a workflow imported from elsewhere needs that.
    is_here = isinstance(HERE, LocalSourceFile)
    path = HERE.join(place) if is_here else workflow.source_path(place)
    content = Path(str(path)).read_bytes()
    # What Snakemake fetches from a git host lacks the last line end: its digest is that of the file.
    return content if content.endswith(b"\n") else content + b"\n"


def own_yaml(place):
    """Return the content of a YAML file of the workflow itself, given from this file's folder."""
    return load(own_bytes(place), Loader=Loader)


def own_module(place):
    """Return a module of the workflow itself that stands beside its rules, given as a YAML file is."""
    made = ModuleType(Path(place).stem)
    exec(compile(own_bytes(place), place, "exec"), vars(made))
    return made


MODULES = own_yaml("../scripts/modules.yaml")


def code(rule_name):
    """Return a digest of a rule's script and of the package modules it runs."""
    digest = hashlib.sha256(own_bytes(f"../scripts/{rule_name}.py"))
    for module in MODULES[rule_name]:
        suffix = "" if Path(module).suffix else ".py"
        digest.update(own_bytes(f"../scripts/strataforest/{module}{suffix}"))
    return digest.hexdigest()[:16]


def as_text(value):
    """Return a piece of the configuration as JSON with sorted keys: equal content, equal params."""
    return without_wildcards(json.dumps(value, sort_keys=True, ensure_ascii=False))


def in_order(value):
    """Return a piece of the configuration as JSON, for content whose order is part of it."""
    return without_wildcards(json.dumps(value, ensure_ascii=False))


def without_wildcards(text):
    """Return JSON that says the same, in which Snakemake sees no wildcard: {x} in somebody's name."""
    # JSON's own brace stands before a quote or a brace; one before anything else is part of a text.
    return re.sub(r'\{(?!["}])', r"\\u007b", text)


include: "common/warm_start.smk"


start_warm_process_early()


include: "common/configuration.smk"
include: "common/settings.smk"
include: "common/files.smk"
include: "common/subgroups.smk"
include: "common/audit.smk"
include: "common/labels.smk"
include: "common/terminal.smk"
include: "common/interruptions.smk"
include: "common/closing.smk"
include: "common/handlers.smk"


watch_signals()
watch_terminal()
check_config()
check_places()
