"""Warnings about numbers of people: against other rows, the other arm, the number randomised."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from strataforest.errors import Problem
from strataforest.sheets.identity import cell_addresses
from strataforest.sheets.oddities.implied import ARMS, total_size
from strataforest.sheets.oddities.warning import warning
from strataforest.tabular import Row

# People leave a trial; an arm's n further off that of the trial's other rows is a slip.
N_RATIO = 1.5
# The same where the trial has but one other row.
N_RATIO_TWO = 1.9
# The same between counts of all randomised and means of those measured.
N_RATIO_KINDS = 2.5
# Few trials give one arm more than three times the people of another.
ARM_RATIO = 3.0
# An analysis of less than half of the randomised is worth a look.
SHARE = 0.5
MANY_ROWS = 50


class Sizes:
    """What is known of the people of each trial: arms by row, and the number randomised."""

    def __init__(self, outcomes: Sequence[Row], studies: Sequence[Row]) -> None:
        self._rows: dict[tuple, list[Row]] = defaultdict(list)
        pairs = defaultdict(set)
        for row in outcomes:
            if len(self._rows[_arms(row)]) < MANY_ROWS:
                self._rows[_arms(row)].append(row)
            pairs[row["study_id"]].add(_arms(row))
        self._multi_arm = {study for study, found in pairs.items() if len(found) > 1}
        self._randomised = {
            row["study_id"]: int(row["n_randomised"]) for row in studies if row["n_randomised"]
        }

    def elsewhere(self, row: Row, arm: str) -> list[int]:
        """Return this arm's n in the trial's other rows; of the same kind, where there are any.

        Counts are often of all randomised, means of those who were measured.
        """
        return [int(other[f"n_{arm}"]) for other in self._others(row) if other[f"n_{arm}"]]

    def _others(self, row: Row) -> list[Row]:
        rows = [other for other in self._rows[_arms(row)] if other is not row]
        return [other for other in rows if _has_counts(other) == _has_counts(row)] or rows

    def pair(self, row: Row, cell: str) -> tuple[Row, bool] | None:
        """Return the only other row with this cell, and whether `row` comes before it.

        None where there are several, or where that row is compared with others than this one.
        """
        found = [other for other in self._others(row) if other[cell]]
        if len(found) != 1 or not any(other is row for other in self._others(found[0])):
            return None
        rows = self._rows[_arms(row)]
        return found[0], next(r for r in rows if r is row or r is found[0]) is row

    def of_one_kind(self, row: Row) -> int:
        """Return how many other rows of the trial are of counts (or of means) as this one is."""
        rows = (other for other in self._rows[_arms(row)] if other is not row)
        return sum(_has_counts(other) == _has_counts(row) for other in rows)

    def randomised(self, row: Row) -> tuple[int, bool] | None:
        """Return the number randomised to all arms, and whether the row's are all of them."""
        n = self._randomised.get(row["study_id"])
        return (n, row["study_id"] not in self._multi_arm) if n else None


def _has_counts(row: Row) -> bool:
    return bool(row["events_treat"] or row["events_control"])


def _arms(row: Row) -> tuple[str, ...]:
    return tuple(row[name] for name in ("study_id", "arm_treat", "arm_control"))


def unlike_sizes(row: Row, sizes: Sizes) -> Iterator[Problem]:
    """An arm's n that the trial's other rows, the other arm or the number randomised contradict.

    Arm by arm: 1.5 times off the median of the trial's other rows, where those agree (1.9 times
    off a single one, 2.5 between counts and means). Of two rows that disagree the one is named
    that the rest of the trial speaks against, both where nothing does. Both arms: more than were
    randomised, fewer than half of them (two-arm trials), or arms unlike by a factor of 3.
    """
    numbers = {f"n_{arm}": int(row[f"n_{arm}"]) for arm in ARMS if row[f"n_{arm}"]}
    usual = {
        f"n_{arm}": found
        for arm in ARMS
        if (found := sizes.elsewhere(row, arm)) and max(found) <= N_RATIO * min(found)
    }
    like = sizes.of_one_kind(row)
    limit = (N_RATIO if like > 1 else N_RATIO_TWO) if like else N_RATIO_KINDS
    odd = [cell for cell in usual if cell in numbers and _is_off(numbers[cell], usual[cell], limit)]
    blame = {cell: _blame(row, cell, sizes) for cell in odd}
    odd = [cell for cell in odd if blame[cell] > 0]
    unclear = [cell for cell in blame if blame[cell] == 0]
    if odd:
        cell = odd[0]
        shown = " and ".join(f"{each} is {numbers[each]}" for each in odd)
        others = " and ".join(f"{median(usual[each]):.0f}" for each in odd)
        rows = f"{len(usual[cell])} other row{'s' * (len(usual[cell]) > 1)}"
        seen = f"{shown}; in {rows} of the trial {others}"
        mend = "check the number: digits, arm, or the n of both arms or of another trial?"
        yield warning(row, cell, seen, f"about {median(usual[cell]):.0f}", mend)
        return
    if unclear:
        yield from _one_of_two(row, unclear[0], sizes)
        return
    yield from _against_randomised(row, numbers, usual, sizes)


def _blame(row: Row, cell: str, sizes: Sizes) -> int:
    """Return whether a row's n that its others contradict is wrong: 1 yes, -1 no, 0 not known.

    Of two rows each is off the other. More people than were randomised speak against a row; else an
    n 1.5 times off its row's other arm, or off half of the randomised (two-arm trials).
    """
    pair = sizes.pair(row, cell)
    if not pair:
        return 1
    both, known = (row, pair[0]), sizes.randomised(row)
    beyond = [bool(known) and (total_size(each) or 0) > known[0] for each in both]
    if beyond[0] != beyond[1]:
        return 1 if beyond[0] else -1
    arm = "n_control" if cell == "n_treat" else "n_treat"
    against = [
        (bool(each[arm]) and _is_off(int(each[cell]), [int(each[arm])], N_RATIO))
        + (bool(known and known[1]) and _is_off(int(each[cell]), [known[0] / 2], N_RATIO))
        for each in both
    ]
    return (against[0] > against[1]) - (against[0] < against[1])


def _one_of_two(row: Row, cell: str, sizes: Sizes) -> Iterator[Problem]:
    """Yield one warning about two rows that disagree, at the first: it names both cells."""
    other, is_first = sizes.pair(row, cell)
    if is_first:
        place = cell_addresses(other).get(cell, f"row {other['source_row']}")
        here, there = ((each["source_file"], each["source_tab"]) for each in (row, other))
        place = place if here == there else " ".join(filter(None, (*there, place)))
        seen = f"{cell} is {row[cell]}; in the trial's other row ({place}) {other[cell]}"
        mend = f"nothing tells which is wrong: check this cell and {place}"
        yield warning(row, cell, seen, "about the same in both rows", mend)


def _is_off(n: int, others: Sequence[float], limit: float) -> bool:
    usual = median(others)
    return max(n, usual) > limit * min(n, usual)


def _against_randomised(
    row: Row, numbers: Mapping[str, int], usual: Mapping[str, Sequence[int]], sizes: Sizes
) -> Iterator[Problem]:
    total, known = total_size(row), sizes.randomised(row)
    names = " + ".join(numbers) if len(numbers) == 2 else "n_total"
    if total and known and total > known[0]:
        cell = max(numbers, key=numbers.__getitem__) if len(numbers) == 2 else "n_total"
        seen = f"{names} is {total}; n_randomised of the studies sheet is {known[0]}"
        mend = "check both: n of both arms in one, digits, or the n of another trial?"
        yield warning(row, cell, seen, f"at most {known[0]} people", mend)
        return
    if total and known and known[1] and total < SHARE * known[0]:
        cell = min(numbers, key=numbers.__getitem__) if len(numbers) == 2 else "n_total"
        seen = f"{names} is {total}; n_randomised of the studies sheet is {known[0]}"
        mend = "check both numbers; a subgroup, or one arm's n?"
        yield warning(row, cell, seen, f"at least half of {known[0]} people", mend)
        return
    if len(numbers) == 2 and not usual:
        low, high = sorted(numbers, key=numbers.__getitem__)
        if numbers[high] > ARM_RATIO * numbers[low]:
            seen = f"n_treat is {numbers['n_treat']} and n_control is {numbers['n_control']}"
            mend = "check both: a digit too many or too few?"
            yield warning(row, high, seen, "arms alike within a factor of 3", mend)
