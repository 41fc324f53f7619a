"""What can go wrong, said to a person: problems with an address, and the errors that carry them."""

import contextlib
import sys
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

SEVERITIES = ("error", "warning", "note")


@dataclass(frozen=True, order=True)
class Problem:
    """One finding about one place of one sheet (or of the configuration).

    `severity` is error (cannot be used), warning (implausible) or note; `file`, `tab` and `cell`
    say where (tab is empty for a text file, cell for a finding about the whole sheet); `problem`
    what was seen, `expected` what should stand there and `mend` how to get there. `rule` names the
    check that found it (empty for what no rule but reading itself finds); `acknowledged` holds the
    reason for which the review's team lets a warning stand.
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
        parts = [f"{place}: {self.problem}"]
        if self.expected:
            parts.append(f"expected {self.expected}")
        if self.mend:
            parts.append(self.mend)
        return f"{self.severity.upper()}  " + "; ".join(parts)


class ReviewError(Exception):
    """The review's sheets or configuration cannot be used; carries every problem found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def nearest(name: str, known: Sequence[str]) -> str:
    """Return "did you mean 'x'?" for the known name closest to `name`, or an empty string."""
    lowered = {candidate.lower(): candidate for candidate in known}
    match = get_close_matches(name.lower(), list(lowered), n=1, cutoff=0.6)
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
    goes to `log`. Both end the process with status 1.
    """
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
        path.write_text(f"{message}\n{traceback.format_exc()}", encoding="utf-8")
        print(message, file=sys.stderr)
        sys.exit(1)
    except Exception as error:
        path.write_text(traceback.format_exc(), encoding="utf-8")
        print(
            f"ERROR  unexpected {type(error).__name__}: {error}; this is a defect of strataforest, "
            f"the details are in {log}",
            file=sys.stderr,
        )
        sys.exit(1)
