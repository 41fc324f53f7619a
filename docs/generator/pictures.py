"""The pictures of the site: drawn from the default review, never committed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
# Where the default review has been built already; the tests say so.
RESULTS = "STRATAFOREST_DOCS_RESULTS"
FOLDER = ROOT / "build" / "default_review"
DRAWN = {
    "pictures/forest.svg": "figures/domain/glycemic/forest.svg",
    "pictures/overview.svg": "figures/overview/domain.svg",
    "pictures/funnel.svg": "figures/domain/glycemic/funnel.svg",
    "pictures/presets.svg": "figures/domain/glycemic/presets.svg",
}


def drawn():
    """Return the files of the pictures by their address in the site, made first where need be."""
    results = Path(os.environ[RESULTS]) if RESULTS in os.environ else _built()
    return {address: results / path for address, path in DRAWN.items()}


def _built():
    shutil.copytree(ROOT / "resources", FOLDER / "resources", dirs_exist_ok=True)
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
    config["figures"] = {"formats": ["svg"]}
    (FOLDER / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "-s", str(ROOT / "Snakefile"), "-d", str(FOLDER)]
    command += ["--configfile", str(FOLDER / "config.yaml"), "--cores", "2", "--quiet", "all", "--"]
    targets = ["results/figures/domain/glycemic", "results/figures/overview/domain.svg"]
    done = subprocess.run([*command, *targets], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the default review could not be built:\n{done.stderr}")
    return FOLDER / "results"
