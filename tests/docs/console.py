"""Console blocks of a page: commands behind `$`, what they print, `...` for what is left out."""

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from conftest import ROOT

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Command:
    """One command of a page and the lines that the page shows of its output."""

    page: str
    text: str
    shown: tuple


def commands(page: Path) -> list[Command]:
    """Return the commands of a page in their order."""
    found = []
    for block in BLOCK.findall(page.read_text(encoding="utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            text, *shown = part.rstrip("\n").split("\n")
            found.append(Command(page.name, text, tuple(shown)))
    return found


def is_shown(command: Command, output: str) -> bool:
    """Return whether an output is the one that the page shows.

    A line `...` stands for any lines, also none; `...` within a line for any text.
    """
    pattern = ""
    for line in command.shown:
        if line == "...":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*".join(re.escape(part.rstrip()) for part in line.split("...")) + r" *\n"
    return re.fullmatch(pattern, output.rstrip("\n") + "\n" if output.strip() else "") is not None


class Shell:
    """A shell in a review's folder, in which the commands of the pages mean this repository's."""

    def __init__(self, folder: Path, programs: Path):
        self.folder = folder
        programs.mkdir()
        options = ["-s", str(ROOT / "Snakefile"), "--configfile", "config.yaml"]
        for name, command in {
            "snakemake": [sys.executable, "-m", "snakemake", *options],
            "strataforest": [sys.executable, "-m", "strataforest.cli"],
        }.items():
            program = programs / name
            program.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n', encoding="utf-8")
            program.chmod(0o755)
        self.surroundings = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}"}

    def run(self, command: Command) -> str:
        """Return what a command prints; it must end well."""
        done = subprocess.run(
            ["bash", "-c", command.text],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self.folder,
            env=self.surroundings,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, f"{command.text}\n{done.stdout}"
        return done.stdout
