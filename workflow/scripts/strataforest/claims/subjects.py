"""What claims are about: each stratum and each term of a meta-regression, with its numbers."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from strataforest.directions import CONTROL, FAVOURABLE, INTERVENTION, favoured
from strataforest.names import scope_name
from strataforest.tables import meta_regression, pooled
from strataforest.tabular import Row, number

# Of tables/pooled.csv, all that holds numbers.
_NO_NUMBERS = {"preset", "converged", "display_favourable"}
_TESTS = ("egger", "begg", "peters", "harbord")
# What to say where a result lacks a column that decides a word; else the column's name will do.
LACKS = {FAVOURABLE: "known direction: nobody gave higher_is_better of its events"}
# No column of a table; counted only where a claim asks for it, from every leave-one-out table.
LOO_SIGNIFICANCE = "loo_significance_changes"
STRATUM_NUMBERS = (
    *("k", "n_studies", "n_participants"),
    *(name for name in pooled.RESULT_COLUMNS if name not in _NO_NUMBERS),
    *("loo_min", "loo_max", "loo_max_abs_change", "loo_ratio_min", "loo_ratio_max"),
    LOO_SIGNIFICANCE,
    *(f"{test}_p_value" for test in _TESTS),
)
_TERM_WORDS = {"term", "near_collinear"}
_MODEL_WORDS = {"tau2_at_boundary", "permutations_exact", "test", "converged"}
TERM_NUMBERS = tuple(
    dict.fromkeys(
        [
            "k",
            *(name for name in meta_regression.TERM if name not in _TERM_WORDS),
            *(name for name in meta_regression.MODEL if name not in _MODEL_WORDS),
        ]
    )
)


@dataclass(frozen=True)
class Subject:
    """One result that claims can be made of: its name as claims give it, and its columns as text.

    `lack` is the reason where it was not pooled or fitted, else empty; an empty cell stands for no
    number.
    """

    name: str
    columns: Mapping[str, str]
    lack: str = ""


def stratum_subjects(tables: Mapping[str, Sequence[Row]]) -> list[Subject]:
    """Return every stratum, in the order of the table of pooled results.

    `tables` holds pooled, leave_one_out_summary and small_study as read from their files, and
    under `loo_flags` by (analysis, stratum) the flags of its omissions where they are wanted.
    """
    omitted = {(r["analysis"], r["stratum"]): r for r in tables["leave_one_out_summary"]}
    tested: dict[tuple, dict] = {}
    for row in tables["small_study"]:
        found = tested.setdefault((row["analysis"], row["stratum"]), {})
        # Of two forms of Egger's test the preset's own is meant.
        name = "egger" if row["preset_default"] == "yes" else row["test"]
        found[f"{name}_p_value"] = row["p_value"]
    subjects = []
    for row in tables["pooled"]:
        key = (row["analysis"], row["stratum"])
        columns = row | tested.get(key, {}) | _omissions(row, omitted.get(key))
        flags = tables.get("loo_flags", {}).get(key)
        if flags is not None:
            columns[LOO_SIGNIFICANCE] = str(sum("significance" in f.split(";") for f in flags))
        lack = "" if row["status"] == "pooled" else f"it is not pooled ({row['reason']})"
        subjects.append(Subject("/".join(key), columns, lack))
    return subjects


def _omissions(row: Row, summary: Row | None) -> dict[str, str]:
    if summary is None:
        return {}
    found = {f"loo_{name}": summary[name] for name in ("min", "max", "max_abs_change")}
    if row["ratio"]:
        ends = {f"loo_ratio_{end}": math.exp(number(summary[end])) for end in ("min", "max")}
        found |= {name: repr(value) for name, value in ends.items()}
    return found


def term_subjects(models: Sequence[Row], terms: Sequence[Row]) -> Iterator[Subject]:
    """Yield every term of the meta-regressions, and scopes that could not be fitted without any."""
    for model in models:
        scope = f"meta_regression/{model['model']}/{scope_name(model)}"
        if model["status"] != "fitted":
            yield Subject(f"{scope}/", {}, f"it is not fitted ({model['reason']})")
        names = ("model", "scope", "domain", "measure")
        for term in terms:
            if all(term[name] == model[name] for name in names):
                yield Subject(f"{scope}/{term['term']}", model | term)


def _sign(wanted: int) -> Callable[[str], bool]:
    return lambda value: number(value) * wanted > 0


def _favours(arm: str) -> Callable[[str, str], bool]:
    # An estimate of exactly no difference favours neither.
    return lambda value, good: number(value) != 0 and favoured(number(value), good) == arm


def _excludes_zero(low: str, high: str) -> bool:
    return number(low) > 0 or number(high) < 0


def _turns(estimate: str, low: str, high: str) -> bool:
    return any(number(estimate) * number(end) < 0 for end in (low, high))


def _is_above_zero(count: str) -> bool:
    return number(count) > 0


@dataclass(frozen=True)
class Vocabulary:
    """What may be said of one kind of result: its `numbers`, and its words.

    `rules` gives each word the columns that decide it, and how they do.
    """

    numbers: tuple[str, ...]
    rules: Mapping[str, tuple[tuple[str, ...], Callable[..., bool]]]

    @property
    def words(self) -> dict[str, tuple[str, ...]]:
        """The words, with the columns that decide each."""
        return {name: needs for name, (needs, _) in self.rules.items()}

    def holds(self, word: str, columns: Mapping[str, str]) -> bool | None:
        """Return whether a word holds of a result with these columns; None where one is missing."""
        needs, rule = self.rules[word]
        texts = [columns.get(column, "") for column in needs]
        return rule(*texts) if all(texts) else None


_ON_SIDE = ("estimate", FAVOURABLE)
_CI = (("ci_low", "ci_high"), _excludes_zero)
_CONVERGED = (("converged",), "yes".__eq__)
OF_STRATA = Vocabulary(
    STRATUM_NUMBERS,
    {
        "significant": _CI,
        "positive": (("estimate",), _sign(1)),
        "negative": (("estimate",), _sign(-1)),
        "favours_intervention": (_ON_SIDE, _favours(INTERVENTION)),
        "favours_control": (_ON_SIDE, _favours(CONTROL)),
        "pooled": (("status",), "pooled".__eq__),
        "converged": _CONVERGED,
        "loo_reversal": (("estimate", "loo_min", "loo_max"), _turns),
        "loo_significance_change": ((LOO_SIGNIFICANCE,), _is_above_zero),
    },
)
OF_TERMS = Vocabulary(
    TERM_NUMBERS,
    {
        "significant": _CI,
        "positive": (("b",), _sign(1)),
        "negative": (("b",), _sign(-1)),
        "converged": _CONVERGED,
        "near_collinear": (("near_collinear",), "yes".__eq__),
    },
)
