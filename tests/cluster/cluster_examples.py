"""What the tests of clusters share: a small review, the shipped profiles, the workflow's rules."""

import re
from pathlib import Path

import yaml
from conftest import CONFIG

ROOT = Path(__file__).parent.parent.parent
PROFILES = ROOT / "profiles"
# Two strata of one fit and one folder of figures each: enough to lose some of.
SMALL = CONFIG | {"strata": {"domain": {"by": ["domain"]}}, "sensitivity": {"gosh": False}}
CLUSTERS = ("slurm", "slurm-generic", "kubernetes")


def profile(name):
    """Return the settings of a shipped profile."""
    return yaml.safe_load((PROFILES / name / "profile.yaml").read_text(encoding="utf-8"))


def rules():
    """Return every rule of the workflow, with whether it runs beside Snakemake itself."""
    files = [ROOT / "workflow/Snakefile", *(ROOT / "workflow/rules").rglob("*.smk")]
    # A workflow of its own, which runs this one.
    files = [file for file in files if file.name != "many_reviews.smk"]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    _, *parts = re.split(r"^(?:rule|checkpoint) (\w+):\n", text, flags=re.MULTILINE)
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return {name: "\n    localrule: True\n" in body for name, body in pairs}
