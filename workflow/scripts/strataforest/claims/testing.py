"""Claims held to the results: which hold, which fail, and what was found."""

from collections.abc import Sequence
from dataclasses import dataclass

from strataforest.claims.found import numbers_of, ranges
from strataforest.claims.language import Comparison, NotUnderstood, Term, parse
from strataforest.claims.places import Known, Place, check_stratum, near, place
from strataforest.claims.subjects import (
    LACKS,
    LOO_SIGNIFICANCE,
    OF_STRATA,
    OF_TERMS,
    Subject,
    Vocabulary,
)
from strataforest.errors import Problem
from strataforest.sheets.addresses import SOURCE_COLUMNS, problem_at
from strataforest.tabular import Row

HOLDS, FAILS, CANNOT_BE_TESTED = "holds", "fails", "cannot_be_tested"
COLUMNS = ("claim", "where", "holds", "status", "found", "source", *SOURCE_COLUMNS)
MOST_LISTED = 20


@dataclass(frozen=True)
class Claim:
    """A row of a sheet of claims, understood: where it is made and what must hold there."""

    row: Row
    place: Place
    terms: tuple[Term, ...]

    @property
    def asks_for_omissions(self) -> bool:
        """Whether it needs the leave-one-out tables themselves."""
        return any(LOO_SIGNIFICANCE in term.needs for term in self.terms)

    @property
    def vocabulary(self) -> Vocabulary:
        """What can be said where it is made."""
        return OF_TERMS if self.place.is_of_terms else OF_STRATA


@dataclass(frozen=True)
class ClaimResult:
    """What became of a claim: `status`, and in words what was found, with the numbers."""

    claim: Claim
    status: str
    found: str

    def as_row(self) -> dict[str, str]:
        """Return it as a row of claims.csv."""
        row = self.claim.row | {"status": self.status, "found": self.found}
        return {name: row[name] for name in COLUMNS}


def understood(
    rows: Sequence[Row], known: Known, strata: Sequence[str]
) -> tuple[list[Claim], list[Problem]]:
    """Return the claims of a sheet's rows, and a problem for each cell that is not understood.

    `strata` are the names (`analysis/stratum`) of those there are, also of those not pooled.
    """
    claims, problems = [], []
    for row in rows:
        column = "where"
        try:
            where = place(row["where"], known)
            is_there = where.is_pattern or where.is_of_terms or any(map(where.matches, strata))
            if not is_there:
                check_stratum(where, known, strata)
            column = "holds"
            vocabulary = OF_TERMS if where.is_of_terms else OF_STRATA
            terms = parse(row["holds"], vocabulary.numbers, vocabulary.words)
        except NotUnderstood as error:
            if row[column]:
                words = (f"{column}: {error}", error.expected, error.mend)
                problems.append(problem_at(row, column, *words, rule="unclear_claim"))
            continue
        claims.append(Claim(row, where, terms))
    return claims, problems


def outcome_of(claim: Claim, subjects: Sequence[Subject]) -> ClaimResult:
    """Return whether a claim holds of the results.

    At one place it is about one result: where that is gone, or not pooled any more, the claim
    fails. A pattern is about every result that is reported (pooled, fitted) and has the numbers.
    """
    there = [subject for subject in subjects if claim.place.matches(subject.name)]
    if claim.place.is_pattern:
        return _tested_everywhere(claim, [subject for subject in there if not subject.lack])
    if not there:
        name = "/".join(claim.place.parts)
        mend = near(name, [subject.name for subject in subjects])
        found = f"{name} is not among the results (any more)" + (f"; {mend}" if mend else "")
        return ClaimResult(claim, FAILS, found)
    results = [_tested_at(claim, subject) for subject in there]
    # `overall` stands for a scope of each measure.
    worst = next((s for s in (FAILS, CANNOT_BE_TESTED) if s in dict(results)), HOLDS)
    told = [found for status, found in results if status == worst]
    return ClaimResult(claim, worst, "; ".join(dict.fromkeys(told)))


def _tested_at(claim: Claim, subject: Subject) -> tuple[str, str]:
    """Return status and finding of a claim about one result."""
    verdicts = {term: _verdict(term, claim, subject) for term in claim.terms}
    broken = [term for term, holds in verdicts.items() if holds is False]
    if broken:
        found = numbers_of(broken, subject.columns)
        return FAILS, f"{found}; {subject.lack}" if subject.lack else found
    missing = [term for term, holds in verdicts.items() if holds is None]
    if missing:
        if subject.lack:
            return FAILS, subject.lack
        needed = dict.fromkeys(
            n for term in missing for n in term.needs if not subject.columns.get(n)
        )
        return CANNOT_BE_TESTED, f"the result has no {', '.join(LACKS.get(n, n) for n in needed)}"
    return HOLDS, numbers_of(claim.terms, subject.columns)


def _tested_everywhere(claim: Claim, reported: Sequence[Subject]) -> ClaimResult:
    results = {subject.name: _tested_at(claim, subject) for subject in reported}
    broken = {name: found for name, (status, found) in results.items() if status == FAILS}
    silent = [name for name, (status, _) in results.items() if status == CANNOT_BE_TESTED]
    n_tested = len(results) - len(silent)
    without = f"; {len(silent)} without such a number" if silent and n_tested else ""
    if broken:
        listed = [f"{name} ({found})" for name, found in broken.items()][:MOST_LISTED]
        listed += [f"and {len(broken) - MOST_LISTED} more"] if len(broken) > MOST_LISTED else []
        found = f"it fails in {len(broken)} of {n_tested}: {', '.join(listed)}{without}"
        return ClaimResult(claim, FAILS, found)
    if not n_tested:
        reason = next(iter(results.values()))[1] if results else "no result is reported there"
        return ClaimResult(claim, CANNOT_BE_TESTED, reason)
    columns = [s.columns for s in reported if s.name not in silent]
    return ClaimResult(claim, HOLDS, f"in all {n_tested}{ranges(claim.terms, columns)}{without}")


def _verdict(term: Term, claim: Claim, subject: Subject) -> bool | None:
    if isinstance(term, Comparison):
        return term.holds(subject.columns)
    holds = claim.vocabulary.holds(term.name, subject.columns)
    return None if holds is None else holds != term.is_denied
