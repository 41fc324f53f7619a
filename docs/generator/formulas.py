"""The pages of formulas: the public docstrings of the statistics, read without importing them."""

import ast
import re
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "workflow/scripts/strataforest"
# The others of the room are how, not what.
ESTIMATION = ("tau2_estimators", "reml", "likelihood", "generalised_q", "distributions")
PAGES = {
    "effect-sizes": ("Effect sizes", ("effect_sizes", "zero_cells")),
    "conversions": (
        "Conversions",
        ("conversions", "effects/borrowed_sd", "effects/change_correlation", "effects/multi_arm"),
    ),
    "selection": ("One effect per trial", ("selection",)),
    "pooling": ("tau² and pooling", ("pooling", *(f"estimation/{m}" for m in ESTIMATION))),
    "heterogeneity": ("Heterogeneity", ("heterogeneity",)),
    "sensitivity": ("Leaving out, influence, subsets", ("sensitivity", "diagnostics")),
    "small-study": ("Small-study effects", ("small_study",)),
    "meta-regression": ("Meta-regression", ("meta_regression", "design_regression")),
    "counts": ("Counts", ("counts",)),
    "dependent-effects": ("Several effects of a trial", ("dependence",)),
    "presets": ("Presets", ("models", "presets", "preset_comparison", "estimator_comparison")),
}
INTRODUCTION = """\
# Formulas

What each function of the statistics computes, with its formula, units and source: the text stands
in the code, beside what it describes. Arrays are numpy arrays, `(k,)` for one meta-analysis and
`(B, k)` for many at once. How a single effect of a review came about is shown by
`strataforest trace`, formula by formula.

"""


def formula_pages():
    """Return the pages as Markdown by their address, and a page that lists them."""
    pages, listing = {}, []
    for name, (title, rooms) in PAGES.items():
        parts, names = [f"# {title}"], []
        for file in (file for room in rooms for file in modules(room)):
            text, functions = module_section(file)
            parts += [text] if functions else []
            names += functions
        pages[f"reference/formulas/{name}.md"] = "\n\n".join(parts) + "\n"
        listing.append(f"- [{title}]({name}.md): {', '.join(f'`{each}`' for each in names)}")
    return pages | {"reference/formulas/index.md": INTRODUCTION + "\n".join(listing) + "\n"}


def modules(room):
    """Return the files of a room: a module, or those of a folder."""
    folder = PACKAGE / room
    return sorted(folder.glob("[!_]*.py")) if folder.is_dir() else [folder.with_suffix(".py")]


def module_section(file):
    """Return a module's text as Markdown, and the names of its public functions."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    parts = [f"## {file.stem.replace('_', ' ')}", paragraphs(ast.get_docstring(tree) or "")]
    address = file.relative_to(PACKAGE.parent).as_posix()
    parts.append(f"In `{address}`.")
    names = []
    for node in public(tree):
        names.append(node.name)
        parts += [f"### `{node.name}`", f"```python\n{signature(node)}\n```"]
        parts.append(paragraphs(ast.get_docstring(node) or ""))
    return "\n\n".join(parts), names


def public(tree):
    """Return the functions of a module that are there for others, in their order."""
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef))
    return [node for node in functions if not node.name.startswith("_")]


def signature(node):
    """Return a function's name and arguments, without the types."""
    arguments = ast.parse(f"def f({ast.unparse(node.args)}): pass").body[0].args
    for each in ast.walk(arguments):
        if isinstance(each, ast.arg):
            each.annotation = None
    text = f"{node.name}({ast.unparse(arguments)})"
    return "\n".join(textwrap.wrap(text, 88, subsequent_indent="    ", break_on_hyphens=False))


def paragraphs(docstring):
    """Return a docstring as Markdown: its sections as lists, everything else as it reads."""
    parts, section = [], False
    for block in re.split(r"\n\s*\n", docstring.strip()):
        head, _, rest = block.partition("\n")
        if head.rstrip(":") in {"Args", "Returns", "Raises", "Yields"} and head.endswith(":"):
            parts.append(f"**{head.rstrip(':')}**")
            section, block = True, rest
        if not block.strip():
            continue
        parts.append(listed(block) if section or "\n- " in f"\n{block}" else escaped(block))
    return "\n\n".join(parts)


def listed(block):
    """Return the items of a block, a name with its meaning or a dash each, as a list."""
    indent = min(len(line) - len(line.lstrip()) for line in block.splitlines())
    items = []
    for line in block.splitlines():
        text = line[indent:]
        if items and text.startswith(" "):
            items[-1] += f" {text.strip()}"
        else:
            items.append(text.removeprefix("- "))
    return "\n".join(f"- {item(text)}" for text in items)


def item(text):
    """Return one item, its name as code."""
    match = re.match(r"([\w, *|]+): (.+)", text)
    return f"`{match[1]}`: {escaped(match[2])}" if match else escaped(text)


def escaped(text):
    """Return plain text such that Markdown shows it as it is; what is in backticks is code."""
    parts = re.split(r"(`[^`\n]+`)", text)
    for i in range(0, len(parts), 2):
        parts[i] = re.sub(r"([\\*_\[\]{}#|])", r"\\\1", parts[i]).replace("<", "&lt;")
    return "".join(parts)
