"""One set of dependencies, said three times: for pip, for conda, and as pins. And in images."""

import json
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


def test_the_bounds_admit_the_pins():
    from packaging.requirements import Requirement
    from packaging.version import Version

    pins = {}
    for line in PINS:
        name, pin = line.partition(" ; ")[0].split("==")
        pins.setdefault(name, []).append(Version(pin))
    # Conda's bounds are pip's, said with spaces; its names are ours again.
    ours = {theirs: name for name, theirs in CONDA_NAMES.items()}
    conda = [split(requirement.replace(" ", "")) for requirement in CONDA]
    texts = [f"{ours.get(name, name)}{bound}" for name, bound in conda if name != "python"]
    for extra in PROJECT["optional-dependencies"].values():
        texts += [text for text in extra if not text.startswith("strataforest")]
    wanted = [Requirement(text) for text in (*texts, *PROJECT["dependencies"])]
    assert len(wanted) > 40
    for requirement in wanted:
        for version in pins[requirement.name]:
            assert version in requirement.specifier, f"{requirement} leaves {version} out"


def test_conda_takes_packages_from_the_two_channels_and_no_other():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert environment["channels"] == ["conda-forge", "bioconda", "nodefaults"]


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


CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
ZENODO = json.loads((ROOT / ".zenodo.json").read_text(encoding="utf-8"))


def test_versions_agree():
    from strataforest import __version__

    assert PROJECT["version"] == __version__ == str(CITATION["version"]) == ZENODO["version"]


def test_what_is_cited_is_the_same_everywhere():
    assert CITATION["title"] == ZENODO["title"]
    assert PROJECT["description"] == ZENODO["description"]
    assert PROJECT["license"] == CITATION["license"] == ZENODO["license"]
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")
    assert PROJECT["keywords"] == CITATION["keywords"] == ZENODO["keywords"]
    assert CITATION["authors"] == ZENODO["creators"]
    assert (CITATION["type"], CITATION["cff-version"]) == ("software", "1.2.0")
    assert (ZENODO["upload_type"], ZENODO["access_right"]) == ("software", "open")


# The image for Docker, and the one for Apptainer.

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
APPTAINER = (ROOT / "strataforest.def").read_text(encoding="utf-8")


def instructions(name):
    """Return what follows an instruction of the Dockerfile, each time, its lines joined."""
    text = DOCKERFILE.replace("\\\n", " ")
    return [" ".join(words.split()) for words in re.findall(rf"^{name} (.+)$", text, re.MULTILINE)]


def part(name):
    """Return the lines of a section of the definition, without comments."""
    text = re.search(rf"^%{name}\n(.*?)(?=^%|\Z)", APPTAINER, re.MULTILINE | re.DOTALL)[1]
    lines = map(str.strip, text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def copied():
    """Return what the Dockerfile copies, each by its place in the repository and in the image."""
    for words in map(str.split, instructions("COPY")):
        *sources, target = words
        for source in sources:
            yield source, source if target == "./" else target


def test_both_images_begin_with_the_oldest_python_that_is_supported():
    # The one that the tests run with: its pins are those that are installed here.
    base = f"python:{PROJECT['requires-python'].removeprefix('>=')}-slim"
    assert instructions("FROM") == [base]
    assert APPTAINER.startswith(f"Bootstrap: docker\nFrom: {base}\n")


def test_both_images_hold_the_same_files_and_those_are_there():
    files = dict(copied())
    assert all((ROOT / source).exists() and source == target for source, target in files.items())
    assert {f"{name} /strataforest/{name}" for name in files} == set(part("files"))
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {line[1:] for line in ignored if line.startswith("!")} == set(files)


def test_both_images_hold_all_of_the_workflow():
    places = tuple(name for name, _ in copied())
    listed = yaml.safe_load((ROOT / "workflow/files.yaml").read_text(encoding="utf-8"))
    assert [n for n in listed if not any(n == p or n.startswith(f"{p}/") for p in places)] == []


def test_both_images_are_made_by_the_same_commands():
    (run,) = instructions("RUN")
    first, *others = part("post")
    assert first == "cd /strataforest" and instructions("WORKDIR")[0] == "/strataforest"
    assert run.split(" && ")[:2] == others
    (extra,) = re.findall(r"pip install .*-c constraints.txt -e '\.\[(\w+)\]'", others[0])
    assert extra in PROJECT["optional-dependencies"]


def test_an_image_runs_the_shipped_snakefile_in_the_reviews_folder_and_not_as_root():
    entry = json.loads(*instructions("ENTRYPOINT"))
    assert part("runscript") == [f'exec {" ".join(entry)} "$@"']
    assert entry[entry.index("-s") + 1] == "/strataforest/Snakefile"
    assert instructions("WORKDIR")[-1] == "/review"
    (user,) = instructions("USER")
    assert user != "0" and f"useradd --uid {user} " in instructions("RUN")[0]
    page = (ROOT / "docs/how-to/container.md").read_text(encoding="utf-8")
    assert " ".join(json.loads(*instructions("CMD"))) in page
    assert f"strataforest:{PROJECT['version']} ." in page
