"""One set of dependencies, said three times: for pip, for conda, and as pins."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
PINS = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
# conda-forge ships these without the extras that pip's package of the plain name has.
CONDA_NAMES = {"matplotlib": "matplotlib-base", "snakemake": "snakemake-minimal"}


def split(requirement):
    name, bound = re.fullmatch(r"([A-Za-z0-9._-]+)\s*(>=.+)?", requirement).groups()
    return name, bound


def test_conda_and_pip_name_the_same_packages_and_bounds():
    pip = {
        (CONDA_NAMES.get(name, name), bound) for name, bound in map(split, PROJECT["dependencies"])
    }
    conda = {split(requirement.replace(" ", "")) for requirement in CONDA}
    assert conda == pip | {("python", PROJECT["requires-python"])}


def test_every_dependency_is_pinned():
    pinned = {line.split("==")[0] for line in PINS}
    extras = PROJECT["optional-dependencies"]
    wanted = {*PROJECT["dependencies"], *(name for names in extras.values() for name in names)}
    # One of our own extras within another is none to pin.
    wanted -= {f"strataforest[{name}]" for name in extras}
    assert {split(requirement)[0] for requirement in wanted} <= pinned


def test_conda_names_what_clusters_need_beside_the_environment():
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    extra = {
        split(line.replace(" ", "")) for line in re.findall(r"^# +- (.+)$", text, re.MULTILINE)
    }
    assert extra == set(map(split, PROJECT["optional-dependencies"]["cluster"]))


def test_pins_are_pins_and_name_no_registry():
    for line in PINS:
        assert re.fullmatch(r"[a-z0-9._-]+==[^\s;]+( ; .+)?", line), line


def test_what_is_installed_is_what_is_pinned():
    from importlib.metadata import PackageNotFoundError, version

    from packaging.markers import Marker

    checked = 0
    for line in PINS:
        requirement, _, marker = line.partition(" ; ")
        name, pin = requirement.split("==")
        if marker and not Marker(marker).evaluate():
            continue
        try:
            assert version(name) == pin, (
                f"{name} is {version(name)}: install with -c constraints.txt"
            )
        except PackageNotFoundError:
            pytest.fail(f"{name} is pinned and not installed")
        checked += 1
    assert checked > 50


def test_versions_agree():
    from strataforest import __version__

    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert PROJECT["version"] == __version__ == str(citation["version"])
