"""`strataforest check-yaml`: where a configuration is no YAML; Snakemake says only that it is."""

import argparse
from pathlib import Path

from strataforest.errors import Problem, ReviewError

COLON = "put a text that holds a colon in quotes"
MENDS = {
    "\t": "indent by spaces: YAML takes no tabs",
    "mapping values are not allowed": COLON,
    "could not find expected ':'": "end the key with a colon and a space",
    "found unexpected end of stream": "close the quote",
    "did not find expected key": "indent it as its neighbours, or close a quote before it",
    "expected <block end>": "indent it as its neighbours",
}


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add `check-yaml` to the command line."""
    parser = subparsers.add_parser(
        "check-yaml",
        help="say where a configuration is no YAML",
        description="Say in which line a configuration is not valid YAML, and how to mend it.",
    )
    parser.add_argument("config", metavar="config.yaml")


def run(options: argparse.Namespace) -> int:
    """Read the file; return 0. Raises ReviewError that names the line where it is no YAML."""
    import yaml

    path = Path(options.config)
    try:
        text = path.read_text(encoding="utf-8")
        yaml.compose(text)
    except OSError as error:
        said = error.strerror or str(error)
        words = (str(path), "", "", said, "a file that can be read")
        raise ReviewError([Problem("error", *words, rule="not_yaml")]) from None
    except UnicodeDecodeError as error:
        raise ReviewError([_problem(path, str(error), mend="save it as UTF-8")]) from None
    except yaml.YAMLError as error:
        raise ReviewError([_mistake(path, text, error)]) from None
    print(f"{path} is YAML; its keys are checked by every run")
    return 0


def _mistake(path: Path, text: str, error: Exception) -> Problem:
    """Return the problem with the line that YAML's parser stumbled on, and what it stands in."""
    mark = getattr(error, "problem_mark", None)
    said = getattr(error, "problem", "") or str(error)
    lines = text.splitlines()
    if mark is None or not lines:
        return _problem(path, said)
    number = min(mark.line, len(lines) - 1)
    # A quote that is not closed is found at the end, and begins where the parser's context does.
    context = getattr(error, "context_mark", None)
    if context is not None and "quoted scalar" in (getattr(error, "context", "") or ""):
        number = context.line
    mends = [mend for sign, mend in MENDS.items() if sign in said]
    if "\t" in lines[number][: len(lines[number]) - len(lines[number].lstrip())]:
        mends.insert(0, MENDS["\t"])
    if mends[:1] == [COLON] and ": " not in lines[number].partition(":")[2]:
        mends = ["end the key of the line before with a colon and a space"]
    mend = mends[0] if mends else "compare it with the lines around it"
    return _problem(path, said, f"line {number + 1}: '{lines[number].strip()[:80]}'", mend)


def _problem(path: Path, said: str, line: str = "", mend: str = "") -> Problem:
    seen = f"{line} is no YAML: {said}" if line else f"is no YAML: {said}"
    return Problem("error", str(path), "", "", seen, "", mend, rule="not_yaml")
