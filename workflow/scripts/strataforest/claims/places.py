"""Where a claim is made: `analysis/stratum`, `*`, `meta_regression/<model>/<scope>/<term>`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from strataforest.claims.language import NotUnderstood
from strataforest.errors import nearest
from strataforest.names import slug

TERMS = "meta_regression"
LONGEST = 500
FORMS = "analysis/stratum, analysis/*, * or meta_regression/model/scope/term"
OVERALL = "overall"


@dataclass(frozen=True)
class Known:
    """What the configuration knows of names: so a misspelt one is told from a result that is gone.

    `analyses` gives the grouping columns of each analysis, `models` the moderators of each
    meta-regression; `domains` are the names of all domains.
    """

    analyses: Mapping[str, Sequence[str]]
    domains: Sequence[str] = ()
    models: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """A place in lower case, by parts; `*` stands for any."""

    parts: tuple[str, ...]

    @property
    def is_of_terms(self) -> bool:
        """Whether it is one of meta-regressions."""
        return self.parts[0] == TERMS

    @property
    def is_pattern(self) -> bool:
        """Whether it stands for as many results as there are."""
        return "*" in self.parts

    def matches(self, name: str) -> bool:
        """Whether a result of this name stands here; a scope without terms matches any term."""
        parts = name.casefold().split("/", len(self.parts) - 1)
        return len(parts) == len(self.parts) and all(map(self._same, self.parts, parts))

    def _same(self, typed: str, found: str) -> bool:
        if typed in ("*", found) or not found:
            return True
        # Where a review has one measure only, the scope needs no name of it: overall_smd.
        return self.is_of_terms and typed == OVERALL and found.startswith(f"{OVERALL}_")


def place(text: str, known: Known) -> Place:
    """Return the place that a cell names. Raises NotUnderstood where no result can be called so."""
    if len(text) > LONGEST:
        raise NotUnderstood(f"the place has {len(text):,} characters", FORMS)
    parts = tuple(part.strip().casefold() for part in text.split("/", 3))
    parts = ("*", "*") if parts == ("*",) else parts
    if parts[0] == TERMS:
        _check_terms(parts, known)
    elif len(parts) != 2 or not all(parts):
        mend = "write * for any" if len(parts) == 1 else ""
        raise NotUnderstood(f"'{text}' is no place of a result", FORMS, mend)
    else:
        _check(parts[0], "analysis", [*known.analyses, TERMS])
    return Place(parts)


def _check_terms(parts: tuple[str, ...], known: Known) -> None:
    if not known.models:
        mend = "declare one under `meta_regression:` in the config, or delete the row"
        raise NotUnderstood("the review has no meta-regression", "a declared model", mend)
    if len(parts) != 4 or not all(parts):
        raise NotUnderstood(f"'{'/'.join(parts)}' is no term", f"{TERMS}/model/scope/term")
    _, model, scope, term = parts
    _check(model, "meta-regression", list(known.models))
    if not scope.startswith(f"{OVERALL}_"):
        _check(scope, "scope", [OVERALL, *known.domains])
    models = known.models if model == "*" else {model: known.models[_named(model, known.models)]}
    # A factor has a term for each of its levels, which the data decide: `platform: WeChat`.
    moderators = ["intercept", *(m for names in models.values() for m in names)]
    levels = term.split(": ", 1)[0] if ": " in term else term
    _check(levels, "term", moderators)


def _named(text: str, names: Iterable[str]) -> str:
    return next(name for name in names if name.casefold() == text)


def _check(text: str, what: str, names: Sequence[str]) -> None:
    if text != "*" and text not in {name.casefold() for name in names}:
        mend = nearest(text, names) or f"known are {', '.join(names[:20])}"
        raise NotUnderstood(f"there is no {what} '{text}'", f"a known {what}", mend)


def check_stratum(where: Place, known: Known, names: Sequence[str]) -> None:
    """Raise NotUnderstood for a stratum that no data can make, given those there are.

    A group such as a platform is known from the data alone: a stratum named for one that is not
    there (any more) is no mistake that could be told from a correction.
    """
    analysis, stratum = where.parts
    by = known.analyses[_named(analysis, known.analyses)]
    values = stratum.split("__")
    domains = {slug(name): name for name in known.domains}
    is_possible = len(values) == len(by) and all(
        value in domains for column, value in zip(by, values, strict=True) if column == "domain"
    )
    if not is_possible or set(by) == {"domain"}:
        mend = near(f"{analysis}/{stratum}", names)
        raise NotUnderstood(f"there is no stratum '{stratum}' in {analysis}", "a stratum", mend)


def near(name: str, names: Sequence[str]) -> str:
    """Return the question for the nearest name that begins like this one, or of all."""
    fellows = [other for other in names if other.split("/")[0] == name.split("/")[0]]
    return nearest(name, fellows) or nearest(name, names)
