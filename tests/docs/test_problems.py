"""Every problem that the sheets can have is explained, and what is printed leads to the words."""

import ast
import re

import pytest
from conftest import ROOT
from strataforest.errors import NAMED, OTHERS, PROBLEM_COLUMNS, Problem, report

PACKAGE = ROOT / "workflow" / "scripts" / "strataforest"
SOURCES = [*PACKAGE.rglob("*.py"), *PACKAGE.parent.glob("*.py")]
MAKERS = {"Problem", "problem_at", "problem_in"}
GROUPS = {"CAUSES", "SYMPTOMS", "OTHERS"}
# Those that hand on what their callers say.
HANDED_ON = {"problem_at", "problem_in", "warning"}
NAME = re.compile(
    r"""\brule(?:: str)? ?= ?"(\w+)"|"rule": "(\w+)"|^(?:RULE|STALE) = "(\w+)\"""", re.MULTILINE
)


def trees():
    """Yield the syntax of every file of the package, and of every script."""
    for path in SOURCES:
        yield path, ast.parse(path.read_text("utf-8"))


def rules_of_the_code():
    """Return the names that problems get: given as `rule`, or that of the function behind them."""
    texts = [path.read_text("utf-8") for path in SOURCES]
    makers = ("strataforest.errors import", "class Problem:")
    texts = [text for text in texts if any(maker in text for maker in makers)]
    found = {name for text in texts for match in NAME.findall(text) for name in match if name}
    # Made of the column's name.
    found |= {f"unknown_{column}" for column in ("domain", "analysis")}
    return found | rules_of_plausibility()


def rules_of_plausibility():
    """Return the functions by which the warnings of plausibility are named."""
    tree = ast.parse((PACKAGE / "sheets/plausibility.py").read_text("utf-8"))
    named = [
        node.args[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_named"
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in GROUPS:
            named += node.value.elts
    names = {ast.unparse(node).split(".")[-1] for node in named}
    return names - {"rule"}


def entries():
    """Return the entries of the page by rule: the text under each heading."""
    page = (ROOT / NAMED).read_text("utf-8")
    parts = re.split(r"^### `(\w+)`$", page, flags=re.MULTILINE)[1:]
    assert len(parts[::2]) == len(set(parts[::2]))
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_every_rule_has_an_entry_and_every_entry_a_rule():
    assert rules_of_the_code() == set(entries())


@pytest.mark.parametrize("rule", sorted(entries()))
def test_an_entry_says_what_it_is_why_it_comes_and_what_to_do(rule):
    text = entries()[rule]
    severity = re.match(r"\s*(An error or a warning|An error|A warning|A note)\.", text)
    assert severity
    assert "- Usual cause: " in text
    assert "- To mend: " in text
    assert ("- May stand: " in text) == ("warning" in severity[1])
    example = re.search(r"```text\n(.+)\n```", text)[1]
    shown, _, rest = example.partition("  ")
    assert shown.lower() in severity[1].lower()
    assert re.match(r"\S+( \[[^]]+\])?( [A-Z]+\d+)?: \S", rest) or rule == "unknown_name"


def has_name(call):
    """Say whether a call that makes a problem gives it a rule, or makes a note."""
    given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
    severity = given.get("severity", ast.unparse(call.args[0]))
    # With ** it has both from a mapping; rules_of_the_code reads that.
    return "rule" in given or None in given or "note" in severity


def test_every_error_and_warning_of_the_code_has_a_name():
    calls = [
        (f"{path.name}:{call.lineno}", call)
        for path, tree in trees()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and function.name not in HANDED_ON
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in MAKERS
    ]
    assert len(calls) > 60
    assert [place for place, call in calls if not has_name(call)] == []


def anchors(page):
    """Return the anchors of a page's headings, as GitHub and the site make them."""
    headings = re.findall(r"^#+ (.+)$", (ROOT / page).read_text("utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def test_what_is_printed_leads_to_a_heading():
    printed = Problem("error", "a.csv", "", "A1", "is odd", rule="unreadable_cell").help
    page, anchor = printed.split("#")
    assert anchor in anchors(page)
    texts = [path.read_text("utf-8") for path in SOURCES]
    texts += [path.read_text("utf-8") for path in (ROOT / "workflow/rules").rglob("*.smk")]
    found = set().union(*(re.findall(r"\{(?:OTHERS|HELP)\}#([\w-]+)", text) for text in texts))
    assert found >= {"the-machine", "a-defect-of-ours", "the-configuration"}
    assert found <= anchors(OTHERS)


def test_each_kind_of_problem_is_named_once_errors_first():
    def found(severity, cell, rule, reason=""):
        return Problem(severity, "a.csv", "", cell, "is odd", rule=rule, acknowledged=reason)

    problems = [found("warning", f"B{i}", "large_effect") for i in range(2, 5)]
    problems += [found("error", "C9", "unreadable_cell"), found("warning", "D1", "percent", "so")]
    problems += [found("note", "E1", "stale_acknowledgement")]
    lines = report(problems).splitlines()
    assert lines[-2:] == [
        "Help: docs/problems.md#unreadable_cell",
        "      docs/problems.md#large_effect",
    ]
    assert report(problems[:1]).splitlines()[1] == "Help: docs/problems.md#large_effect"
    many = [found("error", f"A{i}", f"rule_{i}") for i in range(1, 13)]
    assert report(many).splitlines()[-1].strip().startswith("and 4 more")


def test_the_list_of_problems_says_where_each_is_explained():
    problem = Problem("error", "a.csv", "", "A1", "is odd", rule="unreadable_cell")
    assert tuple(problem.as_row()) == PROBLEM_COLUMNS
    assert problem.as_row()["help"] == "docs/problems.md#unreadable_cell"
    assert Problem("note", "a.csv", "", "A1", "is odd").as_row()["help"] == ""
