"""What can go wrong, said to a person: problems with an address, and the errors that carry them."""

import contextlib
import sys
import traceback
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path

from strataforest.interruptions import quit_when_interrupted

SEVERITIES = ("error", "warning", "note")
# What a problem is called, how it comes about and how to mend it, by the name of its rule; what
# else may stop a run.
NAMED, OTHERS = "docs/problems.md", "docs/when-a-run-stops.md"
MOST_NAMED = 8  # links below a list of problems
PER_SHEET = 25  # what the terminal shows of one sheet; a file lists all
LONGEST = 500  # characters of one part of a problem on the terminal
LONGEST_NAME = 200  # names beyond this are no misspelt names, and take long to compare


@dataclass(frozen=True, order=True)
class Problem:
    """One finding about one place of one sheet (or of the configuration).

    `severity` is error (cannot be used), warning (implausible) or note; `file`, `tab` and `cell`
    say where (tab is empty for a text file, cell for a finding about the whole sheet); `problem`
    what was seen, `expected` what should stand there and `mend` how to get there. `rule` names the
    check that found it, under which docs/problems.md explains it (some notes have none);
    `acknowledged` holds the reason for which the review's team lets a warning stand.
    """

    severity: str
    file: str
    tab: str
    cell: str
    problem: str
    expected: str = ""
    mend: str = ""
    rule: str = ""
    acknowledged: str = ""

    def __str__(self) -> str:
        """Return one line for the terminal: place, what was seen, what was expected, the mend."""
        place = self.file + (f" [{self.tab}]" if self.tab else "")
        place += f" {self.cell}" if self.cell else ""
        parts = [f"{_shortened(place)}: {_shortened(self.problem)}"]
        if self.expected:
            parts.append(f"expected {_shortened(self.expected)}")
        if self.mend:
            parts.append(_shortened(self.mend))
        return f"{self.severity.upper()}  " + "; ".join(parts)

    @property
    def help(self) -> str:
        """Return where the documentation explains it, empty where no rule found it."""
        return f"{NAMED}#{self.rule}" if self.rule else ""

    def as_row(self) -> dict[str, str]:
        """Return it as a row of problems.csv, whose columns are PROBLEM_COLUMNS."""
        return vars(self) | {"help": self.help}


PROBLEM_COLUMNS = (*(field.name for field in fields(Problem)), "help")


def _shortened(text: str) -> str:
    """Return text for the terminal, its middle left out where a cell is as long as a page."""
    # What a cell holds must not move a terminal's cursor or end the line, and is to be seen.
    text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 101]}…{text[-100:]}"


class ReviewError(Exception):
    """The review's sheets or configuration cannot be used; carries every problem found.

    `listing` is the file in which all of them stand, if there is one: then a long list may be cut.
    """

    def __init__(self, problems: Sequence[Problem], listing: str = "") -> None:
        self.problems = list(problems)
        super().__init__(report(self.problems, listing))


def report(problems: Sequence[Problem], listing: str = "") -> str:
    """Return problems as a person reads them: sheet by sheet, errors first, a count at the end.

    Sheets with errors come first; each problem is a line of its own (`str(problem)`), in
    spreadsheet order. Notes and acknowledged warnings are counted, not shown. With `listing`, the
    file that holds all of them, a sheet shows its first 25 and says how many more there are. The
    last lines say where each kind of problem is explained.
    """
    groups: dict[tuple[str, str], list[Problem]] = {}
    for problem in sorted(filter(is_open, problems), key=spreadsheet_order):
        groups.setdefault((problem.file, problem.tab), []).append(problem)
    parts = []
    for (file, tab), found in groups.items():
        shown = found[:PER_SHEET] if listing else found
        lines = [str(problem) for problem in shown]
        if len(groups) > 1:
            lines.insert(0, f"{file}{f' [{tab}]' if tab else ''}: {counted(found)}")
        if len(found) > len(shown):
            lines.append(f"... and {len(found) - len(shown)} more in {listing}")
        parts.append("\n".join(lines))
    helped = _where_explained([p for found in groups.values() for p in found])
    total = "\n".join(filter(None, (counted(problems), helped)))
    return (
        "\n\n".join([*parts, total]) if len(problems) > 1 else "\n".join([*parts, helped or total])
    )


def _where_explained(problems: Sequence[Problem]) -> str:
    """Return a line per rule, errors first, or an empty string."""
    problems = sorted(problems, key=lambda problem: SEVERITIES.index(problem.severity))
    places = list(dict.fromkeys(problem.help for problem in problems if problem.rule))
    shown = places[:MOST_NAMED]
    if len(places) > len(shown):
        shown.append(f"and {len(places) - len(shown)} more, by the column help of problems.csv")
    return "\n".join(f"{'      ' if i else 'Help: '}{place}" for i, place in enumerate(shown))


def is_open(problem: Problem) -> bool:
    """Return whether somebody has to look: an error, or a warning that nobody has acknowledged."""
    return problem.severity == "error" or (
        problem.severity == "warning" and not problem.acknowledged
    )


def counted(problems: Sequence[Problem]) -> str:
    """Return `2 errors, 3 warnings, 1 warning acknowledged`, without what there is none of."""
    kinds = [f"{p.severity} acknowledged" if p.acknowledged else p.severity for p in problems]
    words = []
    for kind in ("error", "warning", "warning acknowledged", "note"):
        count, (noun, *rest) = kinds.count(kind), kind.split()
        if count:
            words.append(" ".join([str(count), noun if count == 1 else f"{noun}s", *rest]))
    return ", ".join(words)


def unknown_reference(model: str, moderator: str, level: str, known: Collection[str]) -> Problem:
    """Return the error of a meta-regression's reference level that is none of the `known` ones."""
    problem = f"meta_regression {model}: no trial has {moderator} '{level}'"
    mend = nearest(level, sorted(known)) or f"known: {', '.join(sorted(known)[:5])}"
    return Problem("error", "config", "", "", problem, "", mend, rule="unknown_reference")


def nearest(name: str, known: Sequence[str], likeness: float = 0.6) -> str:
    """Return "did you mean 'x'?" for the known name closest to `name`, or an empty string.

    `likeness` is the least share of letters in common, from 0 to 1 (difflib's ratio).
    """
    if len(name) > LONGEST_NAME:
        return ""
    lowered = {candidate.lower(): candidate for candidate in known}
    match = get_close_matches(name.lower(), list(lowered), n=1, cutoff=likeness)
    return f"did you mean '{lowered[match[0]]}'?" if match else ""


def spreadsheet_order(problem: Problem) -> tuple:
    """Return a sort key: errors first, then by sheet, row and column as a spreadsheet has them."""
    letters = problem.cell.rstrip("0123456789")
    digits = problem.cell[len(letters) :]
    return (
        SEVERITIES.index(problem.severity),
        problem.file,
        problem.tab,
        int(digits) if digits else 0,
        len(letters),
        letters,
        problem.problem,
    )


@contextlib.contextmanager
def step(log: str) -> Iterator[None]:
    """Run one step of the workflow so that a user meets a message and never a traceback.

    A `ReviewError` is printed as its problems; anything else is a defect of ours, whose traceback
    goes to `log`. Both end the process with status 1, Ctrl-C silently with 130.
    """
    quit_when_interrupted()
    path = Path(log)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("", encoding="utf-8")
    try:
        yield
    except ReviewError as error:
        path.write_text(f"{error}\n", encoding="utf-8")
        print(error, file=sys.stderr)
        sys.exit(1)
    except OSError as error:
        message = f"ERROR  {error.filename or 'a file'}: {error.strerror or error}"
        message += f"\nHelp: {OTHERS}#the-machine"
        path.write_text(f"{message}\n{traceback.format_exc()}", encoding="utf-8")
        print(message, file=sys.stderr)
        sys.exit(1)
    except Exception as error:
        path.write_text(traceback.format_exc(), encoding="utf-8")
        print(
            f"ERROR  unexpected {type(error).__name__}: {error}; this is a defect of strataforest, "
            f"the details are in {log}\nHelp: {OTHERS}#a-defect-of-ours",
            file=sys.stderr,
        )
        sys.exit(1)
