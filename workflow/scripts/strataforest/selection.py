"""At most one effect per trial and domain, by a written rule, every choice with its reason."""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

CRITERIA = ("indicator", "instrument", "timepoint", "metric", "directness", "information")


@dataclass(frozen=True)
class Candidate:
    """One effect that could stand for its trial in its domain.

    `shared` names the comparisons of a trial with several arms: they stand and fall together.
    """

    effect_id: str
    study_id: str
    domain: str
    type: str
    indicator: str
    instrument: str
    timepoint_weeks: float  # NaN where unknown
    metric: str
    converted: bool
    n_treat: float
    n_control: float
    eligible: bool = True
    eligibility_reason: str = ""
    shared: str = ""


@dataclass(frozen=True)
class DomainRule:
    """What the config says of one domain: its type and its orders of preference."""

    type: str
    priority: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()


@dataclass(frozen=True)
class SelectionRule:
    """The review's written rule: `selection`, `timepoint`, `unlisted_indicators` of the config."""

    domains: Mapping[str, DomainRule]
    order: tuple[str, ...] = CRITERIA
    prefer_metric: str = "post"
    unlisted_indicators: str = "last"
    min_weeks: float = -math.inf
    max_weeks: float = math.inf


@dataclass(frozen=True)
class Decision:
    """What became of one candidate, the rule that decided it and the reason in words."""

    study_id: str
    domain: str
    effect_id: str
    decision: str
    rule: str
    reason: str


@dataclass(frozen=True)
class Tie:
    """Candidates of one trial and domain that no criterion tells apart."""

    study_id: str
    domain: str
    effect_ids: tuple[str, ...] = field(default_factory=tuple)


def select(
    candidates: Sequence[Candidate], rule: SelectionRule
) -> tuple[list[Decision], list[Tie]]:
    """Return one decision per candidate, sorted by study, domain and effect, and the ties left.

    A candidate falls at the first rule it fails: eligibility, type, time window, unlisted
    indicator, then each criterion of `rule.order` in turn, against the best of its trial and
    domain. Candidates of a tie have no decision; the caller must ask for a rule.
    """
    decisions: list[Decision] = []
    ties: list[Tie] = []
    groups: dict[tuple[str, str], list[Candidate]] = defaultdict(list)
    for candidate in sorted(candidates, key=lambda c: c.effect_id):
        refused = _inadmissible(candidate, rule)
        if refused:
            decisions.append(_decision(candidate, False, *refused))
        else:
            groups[candidate.study_id, candidate.domain].append(candidate)
    for (study_id, domain), group in groups.items():
        chosen, fallen = _choose(group, rule)
        decisions += fallen
        if len({c.shared or c.effect_id for c in chosen}) > 1:
            ties.append(Tie(study_id, domain, tuple(c.effect_id for c in chosen)))
            continue
        last = fallen[-1].rule if fallen else "only_candidate"
        reason = "the only eligible effect of its trial and domain"
        if fallen:
            reason = f"preferred over {len(fallen)} other effect{'s' * (len(fallen) > 1)}"
        elif len(chosen) > 1:
            last, reason = "multi_arm", f"one of {len(chosen)} comparisons taken together"
        decisions += [_decision(candidate, True, last, reason) for candidate in chosen]
    return sorted(decisions, key=lambda d: (d.study_id, d.domain, d.effect_id)), ties


def _decision(candidate: Candidate, selected: bool, rule: str, reason: str) -> Decision:
    word = "selected" if selected else "not_selected"
    return Decision(candidate.study_id, candidate.domain, candidate.effect_id, word, rule, reason)


def _inadmissible(candidate: Candidate, rule: SelectionRule) -> tuple[str, str] | None:
    domain = rule.domains[candidate.domain]
    if not candidate.eligible:
        return "eligibility", candidate.eligibility_reason or "the trial is not eligible"
    if candidate.type != domain.type:
        return "type", f"a {candidate.type} effect in a {domain.type} domain"
    weeks, window = candidate.timepoint_weeks, f"{rule.min_weeks:g} to {rule.max_weeks:g}"
    if math.isnan(weeks) and (math.isfinite(rule.min_weeks) or math.isfinite(rule.max_weeks)):
        return "time_window", f"its week is not known, and only weeks {window} are eligible"
    if weeks < rule.min_weeks or weeks > rule.max_weeks:
        return "time_window", f"week {weeks:g} is outside {window}"
    is_unlisted = domain.priority and candidate.indicator not in domain.priority
    if is_unlisted and rule.unlisted_indicators == "exclude":
        return "unlisted_indicator", f"{candidate.indicator} is not in the domain's priority list"
    return None


def _choose(group: list[Candidate], rule: SelectionRule) -> tuple[list[Candidate], list[Decision]]:
    """Return the candidates no criterion could drop, and the decisions on those that fell."""
    fallen: list[Decision] = []
    for criterion in rule.order:
        rank, say = _together(group, *_criterion(criterion, rule))
        best = min(rank(candidate) for candidate in group)
        winner = next(c for c in group if rank(c) == best)
        for candidate in group:
            if rank(candidate) != best:
                reason = say(winner, candidate)
                fallen.append(_decision(candidate, False, criterion, reason))
        group = [candidate for candidate in group if rank(candidate) == best]
    return group, fallen


def _together(group: list[Candidate], rank: Callable, say: Callable) -> tuple[Callable, Callable]:
    """Let comparisons that share a control rank as the best of them."""
    best: dict[str, object] = {}
    for candidate in group:
        if candidate.shared:
            own = rank(candidate)
            best[candidate.shared] = min(own, best.get(candidate.shared, own))
    return lambda c: best[c.shared] if c.shared else rank(c), say


def _criterion(name: str, rule: SelectionRule) -> tuple[Callable, Callable]:
    """Return how a criterion ranks a candidate (lower is better) and how it explains a loss."""

    def position(candidate: Candidate, value: str, attribute: str) -> int:
        listed = getattr(rule.domains[candidate.domain], attribute)
        return listed.index(value) if value in listed else len(listed)

    def weeks(candidate: Candidate) -> str:
        unknown = math.isnan(candidate.timepoint_weeks)
        return "an unknown week" if unknown else f"week {candidate.timepoint_weeks:g}"

    def information(candidate: Candidate) -> float:
        sizes = candidate.n_treat, candidate.n_control
        return math.inf if any(map(math.isnan, sizes)) else sum(1 / n for n in sizes)

    criteria: dict[str, tuple[Callable, Callable]] = {
        "indicator": (
            lambda c: position(c, c.indicator, "priority"),
            lambda best, c: f"{best.indicator} comes before {c.indicator}",
        ),
        "instrument": (
            lambda c: position(c, c.instrument, "instruments"),
            lambda best, c: f"{best.instrument} comes before {c.instrument or 'no instrument'}",
        ),
        "timepoint": (
            # An unknown time point counts as the earliest.
            lambda c: math.inf if math.isnan(c.timepoint_weeks) else -c.timepoint_weeks,
            lambda best, c: f"{weeks(best)} is later than {weeks(c)}",
        ),
        "metric": (
            lambda c: c.metric != rule.prefer_metric,
            lambda best, c: f"{best.metric} is preferred over {c.metric or 'an unstated metric'}",
        ),
        "directness": (
            lambda c: c.converted,
            lambda best, c: "direct statistics are preferred over converted ones",
        ),
        "information": (
            information,
            lambda best, c: "the other effect rests on more people (1/n1 + 1/n2)",
        ),
    }
    return criteria[name]
