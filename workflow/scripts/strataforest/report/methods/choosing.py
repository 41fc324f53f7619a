"""How one effect was chosen per trial and domain, and how effects were grouped."""

from collections.abc import Iterator, Mapping, Sequence

from strataforest.report.methods.made import Made, effects_words, flags_of, listed

METRICS = {
    "post": "final values before changes from baseline",
    "change": "changes from baseline before final values",
}
# The configuration has the whole of a longer order.
MOST_NAMED = 4
COLUMNS = {"primary_platform": "platform"}


def choosing(made: Made) -> str:
    """Return how effects were selected and grouped."""
    more = ", or several where its comparisons are kept apart" if _apart(made) else ""
    options = made.options
    criteria = "; then ".join(filter(None, (_criterion(made, name) for name in _order(made))))
    parts = [
        f"Each trial gave each outcome domain at most one effect{more}, chosen by a written rule: "
        f"{criteria}. A choice that the rule left open would have stopped the analysis.",
        _priorities(options),
        *_windows(options["timepoint"]),
        *_arms(made),
        _grouped(made),
    ]
    return " ".join(filter(None, parts))


def _order(made: Made) -> list[str]:
    return list(made.options["selection"]["order"])


def _criterion(made: Made, name: str) -> str:
    if name == "instrument" and not any(d["instruments"] for d in made.options["domains"].values()):
        return ""
    return {
        "indicator": "the indicator that comes first in its domain's order",
        "instrument": "the instrument that comes first in its domain's order",
        "timepoint": "the latest time point",
        "metric": METRICS[made.options["selection"]["prefer_metric"]],
        "directness": "statistics printed directly before converted ones",
        "information": "the comparison with more information (smaller 1/n1 + 1/n2)",
    }[name]


def _priorities(options: Mapping) -> str:
    told = []
    for name, domain in options["domains"].items():
        for key in ("priority", "instruments"):
            if len(domain[key]) > 1:
                label = domain["label"] or name
                kind = "" if key == "priority" else " (instruments)"
                told.append(f"{label}{kind}: {_order_words(options, domain[key])}")
    if not told:
        return ""
    other = {"last": "came last", "exclude": "was not taken"}[options["unlisted_indicators"]]
    return f"The orders of choice were: {'; '.join(told)}. What is in no order {other}."


def _order_words(options: Mapping, names: Sequence[str]) -> str:
    first = " > ".join(_label(options, name) for name in names[:MOST_NAMED])
    more = len(names) - MOST_NAMED
    return f"{first} > {more} more" if more > 0 else first


def _label(options: Mapping, name: str) -> str:
    return options["indicators"].get(name, {}).get("label") or name.replace("_", " ")


def _windows(window: Mapping) -> Iterator[str]:
    low, high = window["min_weeks"], window["max_weeks"]
    if low is not None or high is not None:
        ends = [f"from week {low:g}" if low is not None else ""]
        ends += [f"up to week {high:g}" if high is not None else ""]
        words = " ".join(filter(None, ends))
        yield f"Time points {words} were eligible; an unknown one was not."


def _apart(made: Made) -> list:
    return [*made.flagged("shared_control"), *made.flagged("whole_arms")]


def _arms(made: Made) -> Iterator[str]:
    """Yield what became of several intervention arms, of the effects that they concern."""
    combined, named = made.flagged("arms_combined"), made.options["multi_arm_named"]
    if combined:
        yield (
            "Several intervention arms with one control were combined into one "
            f"(Cochrane Handbook, table 6.5.a; {effects_words(combined)})."
        )
    if shared := made.flagged("shared_control"):
        yield (
            "A control arm that several comparisons share was divided evenly among them "
            f"({effects_words(shared)})."
        )
    if whole := made.flagged("whole_arms"):
        yield (
            "Several comparisons of a trial were kept, each with all their people "
            f"({effects_words(whole)}); these are correlated."
        )
    if made.options["multi_arm"] == "named" and named:
        yield f"Of {listed(sorted(named))} one intervention arm, named beforehand, was taken."
    unsplit = [e for e in made.flagged("control_not_split") if "shared_control" in flags_of(e)]
    if unsplit:
        yield f"Of {effects_words(unsplit)} the standard error is printed and was not enlarged."


def _grouped(made: Made) -> str:
    ways = []
    for stratum in made.options["strata"].values():
        columns = [COLUMNS.get(c, c).replace("_", " ") for c in stratum["by"]]
        kind = f" ({stratum['type']} outcomes only)" if stratum.get("type") else ""
        ways.append(f"by {listed(columns)}{kind}")
    fewest = made.options["min_effects"]
    return (
        f"Effects were grouped {listed(list(dict.fromkeys(ways)))}. Groups with fewer than "
        f"{fewest} effects were not pooled and are reported with that reason."
    )
