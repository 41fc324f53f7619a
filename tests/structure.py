"""Which package modules a script runs: followed through its imports.

usage: python tests/structure.py --fix   (rewrites scripts/modules.yaml and files.yaml)
"""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
SCRIPTS = ROOT / "workflow" / "scripts"
PACKAGE = SCRIPTS / "strataforest"
LISTING = SCRIPTS / "modules.yaml"
FILES = ROOT / "workflow" / "files.yaml"
TOP_LEVEL = ("pyproject.toml", "constraints.txt", "environment.yml", "LICENSE", "README.md")
FILES_HEADER = """\
# The files of the workflow itself, which `snakemake bundle` packs beside a review.
# Made by `python tests/structure.py --fix`; tests/test_structure.py holds it to the repository.
"""
HEADER = """\
# Which modules of the package each script runs, directly or through another one. The digest of
# their text is a param of the rule: an edited formula re-runs what uses it and nothing else. The
# list also lets a workflow that is imported over http fetch the files.
# Made by `python tests/structure.py --fix`; tests/test_structure.py holds it to the imports.
"""


def imported(path):
    """Return the modules that a file imports, as dotted names, `from x import y` also as x.y."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def module_file(name):
    """Return the file of a dotted module of the package, or None."""
    parts = name.split(".")
    if parts[0] != "strataforest":
        return None
    place = PACKAGE.joinpath(*parts[1:])
    for candidate in (place.with_suffix(".py"), place / "__init__.py"):
        if len(parts) > 1 and candidate.is_file():
            return candidate
    return None


def modules_of(script):
    """Return the package files that a script runs, modules without their suffix, sorted."""
    found, todo = set(), [script]
    while todo:
        for name in imported(todo.pop()):
            file = module_file(name)
            if file and file not in found:
                found.add(file)
                todo.append(file)
    # Importing a module runs the __init__ of every package above it; what lies beside it and is no
    # module (a template) is part of it.
    above = {parent / "__init__.py" for file in found for parent in file.parents}
    found |= {file for file in above if file.is_relative_to(PACKAGE)}
    folders = {file.parent for file in found} - {PACKAGE}
    found |= {file for folder in folders for file in folder.glob("*.*") if file.suffix != ".py"}
    return sorted(str(file.relative_to(PACKAGE)).removesuffix(".py") for file in found)


def listing():
    """Return the text of modules.yaml as the imports would have it."""
    lines = [HEADER]
    for script in sorted(SCRIPTS.glob("*.py")):
        lines.append(f"{script.stem}:\n")
        lines += [f"  - {module}\n" for module in modules_of(script)]
    return "".join(lines)


def workflow_files():
    """Return the text of files.yaml: every file that a packed workflow needs to run."""
    # A run that stops names the pages.
    pages = ("docs/when-a-run-stops.md", "docs/problems.md")
    patterns = ("Snakefile", "workflow/**/*", "profiles/default/*", *pages, *TOP_LEVEL)
    files = {file for pattern in patterns for file in ROOT.glob(pattern) if file.is_file()}
    names = sorted(str(file.relative_to(ROOT)) for file in files if "__pycache__" not in file.parts)
    names = [n for n in names if ".egg-info" not in n and "/." not in n]
    return FILES_HEADER + "".join(f"- {name}\n" for name in names)


if __name__ == "__main__" and "--fix" in sys.argv:
    LISTING.write_text(listing(), encoding="utf-8")
    FILES.touch()
    FILES.write_text(workflow_files(), encoding="utf-8")
