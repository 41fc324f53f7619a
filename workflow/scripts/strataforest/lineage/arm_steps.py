"""The mean and SD of each arm, from what a row prints of it, and several arms as one."""

from collections.abc import Iterator
from itertools import count, product
from string import ascii_lowercase

from strataforest.lineage.arithmetic import NotRecomputed, Working
from strataforest.lineage.ingredients import ARMS, Arms, sizes

SPREADS = ("sd", "se", "ci_low")
FIVE = ("min", "q1", "median", "q3", "max")


def people_and_arms(work: Working) -> None:
    """Compute n1, n2 and the arms' means and SDs (or their counts) by the effect's route."""
    if "arms_combined" in work.flags:
        combined(work)
        return
    sizes(work)
    route = work.effect["route"]
    if route == "counts":
        events(work)
    elif route == "borrowed_sd":
        _borrowed(work)
    else:
        _arms(work, ARMS, route.removeprefix("means_"))


def has_arms(work: Working) -> bool:
    """Whether the effect's route reads means and SDs of the arms."""
    route = work.effect["route"]
    return route.startswith("means_") or route in {"medians", "borrowed_sd"}


def combined(work: Working) -> None:
    """Compute the intervention arms of several rows as one; their control is the same."""
    labels = [f"1{letter}" for letter, _ in zip(_letters(), work.records, strict=False)]
    is_counts = work.effect["route"] == "counts"
    for label, record in zip(labels, work.records, strict=True):
        work.record = record
        arms = ((label, "treat"), ("2", "control"))
        sizes(work, arms)
        if is_counts:
            events(work, arms)
        else:
            _arms(work, arms, _source(work))
    work.record = work.records[0]
    why = f"{len(labels)} arms as one"
    work.step("n1", " + ".join(f"n{label}" for label in labels), why)
    if is_counts:
        work.step("events1", " + ".join(f"events{label}" for label in labels), why)
        return
    weighted = " + ".join(f"n{label}*mean{label}" for label in labels)
    work.step("mean1", f"({weighted})/n1", why)
    squares = (f"(n{i} - 1)*sd{i}**2 + n{i}*(mean{i} - mean1)**2" for i in labels)
    work.step("sd1", f"sqrt(({' + '.join(squares)})/(n1 - 1))", why)


def _borrowed(work: Working) -> None:
    """Take the arms' means, and for both the SD pooled over the arms of other trials."""
    own, *lenders = work.records
    for i, arm in ARMS:
        work.read(f"mean{i}", f"mean_{arm}")
    labels = []
    for letter, record in zip(_letters(), lenders, strict=False):
        work.record = record
        arms = tuple((f"{i}{letter}", arm) for i, arm in ARMS)
        sizes(work, arms)
        for label, arm in arms:
            work.read(f"sd{label}", f"sd_{arm}")
            labels.append(label)
    work.record = own
    squares = " + ".join(f"(n{label} - 1)*sd{label}**2" for label in labels)
    people = " + ".join(f"n{label}" for label in labels)
    why = "SD pooled over the arms of other trials"
    work.step("sd1", f"sqrt(({squares})/({people} - {len(labels)}))", why)
    work.step("sd2", "sd1", why)


def _letters() -> Iterator[str]:
    """Yield a, b, ..., z, aa, ab, ...: the ends of the symbols of several rows."""
    for length in count(1):
        yield from map("".join, product(ascii_lowercase, repeat=length))


def events(work: Working, arms: Arms = ARMS) -> None:
    for i, arm in arms:
        work.read(f"events{i}", f"events_{arm}")


def _source(work: Working) -> str:
    """Return what the arms' means and SDs of a row that is combined come from."""
    arms = [arm for _, arm in ARMS]
    baseline = ("mean", "mean_baseline", "sd_baseline")
    is_change = all(work.has(f"{name}_{arm}") for name in baseline for arm in arms)
    if is_change and "change_correlation" in work.flags:
        return "change"
    for name in ("sd", "se", "ci"):
        column = "ci_low" if name == "ci" else name
        if all(work.has(f"mean_{arm}", f"{column}_{arm}") for arm in arms):
            return name
    printed = all(work.has(f"mean_{arm}") and _spread(work, arm) for arm in arms)
    return "mixed" if printed else "medians"


def _spread(work: Working, arm: str) -> str:
    """Return what stands for an arm's SD: sd, se or ci, the first there is; empty for none."""
    found = next((name for name in SPREADS if work.has(f"{name}_{arm}")), "")
    return found.removesuffix("_low")


def _arms(work: Working, arms: Arms, source: str) -> None:
    """Compute mean and SD of each arm from `source`: sd, se, ci, mixed, change or medians."""
    if source not in {"sd", "se", "ci", "mixed", "change", "medians"}:
        raise NotRecomputed(f"no formula is known here for the route '{work.effect['route']}'")
    if source == "change":
        key = "conversions.change_correlation"
        work.take("r", key, work.flags["change_correlation"], "config")
    for i, arm in arms:
        is_direct = work.has(f"mean_{arm}") and bool(_spread(work, arm))
        if source == "medians" and not is_direct:
            _of_medians(work, i, arm)
        elif source == "change":
            _of_change(work, i, arm)
        else:
            work.read(f"mean{i}", f"mean_{arm}")
            named = source if source in {"sd", "se", "ci"} else _spread(work, arm)
            if not _is_needless(work, i, arm, named):
                _sd(work, i, arm, named, f"sd{i}")


def _is_needless(work: Working, i: str, arm: str, source: str) -> bool:
    """Whether an arm has no such SD and needs none: Glass's delta takes that of the control."""
    column = "ci_low" if source == "ci" else source
    return i == "1" and "delta" in work.effect["formula"] and not work.has(f"{column}_{arm}")


def _sd(work: Working, i: str, arm: str, source: str, symbol: str) -> None:
    if source == "sd":
        work.read(symbol, f"sd_{arm}")
    elif source == "se":
        work.read(f"se{i}", f"se_{arm}")
        work.step(symbol, f"se{i}*sqrt(n{i})", "SD from the standard error")
    else:
        work.read(f"low{i}", f"ci_low_{arm}")
        work.read(f"high{i}", f"ci_high_{arm}")
        work.step(f"t_crit{i}", f"t_quantile(0.975, n{i} - 1)")
        expression = f"sqrt(n{i})*(high{i} - low{i})/(2*t_crit{i})"
        work.step(symbol, expression, "SD from the confidence interval of the mean")


def _of_change(work: Working, i: str, arm: str) -> None:
    """Compute an arm's mean change and its SD from baseline and final values."""
    work.read(f"final{i}", f"mean_{arm}")
    work.read(f"baseline{i}", f"mean_baseline_{arm}")
    work.step(f"mean{i}", f"final{i} - baseline{i}", "change from baseline")
    if _is_needless(work, i, arm, _spread(work, arm)):
        return
    _sd(work, i, arm, _spread(work, arm), f"sd_final{i}")
    work.read(f"sd_baseline{i}", f"sd_baseline_{arm}")
    before, after = f"sd_baseline{i}", f"sd_final{i}"
    expression = f"sqrt({before}**2 + {after}**2 - 2*r*{before}*{after})"
    work.step(f"sd{i}", expression, "SD of the change with an assumed correlation")


def _of_medians(work: Working, i: str, arm: str) -> None:
    """Compute an arm's mean and SD from its median and what stands beside it."""
    has_range = work.has(f"min_{arm}", f"max_{arm}")
    has_quartiles = work.has(f"q1_{arm}", f"q3_{arm}")
    kinds = {(True, True): "five", (True, False): "range", (False, True): "quartiles"}
    kind = kinds.get((has_range, has_quartiles))
    if kind is None:
        raise NotRecomputed(f"median_{arm} has neither quartiles nor range beside it")
    names = {"five": FIVE, "range": FIVE[::2], "quartiles": FIVE[1:4]}[kind]
    for name in names:
        work.read(f"{name}_{i}", f"{name}_{arm}")
    method = work.flags["medians"]
    if method in {"qe", "bc"}:
        numbers = ", ".join((*(f"{name}_{i}" for name in names), f"n{i}"))
        why = {"qe": "quantile estimation", "bc": "Box-Cox"}[method] + " (McGrath 2020)"
        work.step(f"mean{i}", f"{method}_mean_{kind}({numbers})", why)
        work.step(f"sd{i}", f"{method}_sd_{kind}({numbers})", why)
        return
    _mean_by_formula(work, i, kind, method)
    _sd_by_formula(work, i, kind, method)


def _mean_by_formula(work: Working, i: str, kind: str, method: str) -> None:
    a, q1, m, q3, b = (f"{name}_{i}" for name in FIVE)
    if method == "wan":
        sums = {
            "range": f"({a} + 2*{m} + {b})/4",
            "quartiles": f"({q1} + {m} + {q3})/3",
            "five": f"({a} + 2*{q1} + 2*{m} + 2*{q3} + {b})/8",
        }
        work.step(f"mean{i}", sums[kind], "mean from the median (Wan 2014)")
        return
    why = "mean from the median (Luo 2018)"
    if kind == "five":
        work.step(f"w1_{i}", f"2.2/(2.2 + n{i}**0.75)", "weight of the mid-range")
        work.step(f"w2_{i}", f"0.7 - 0.72/n{i}**0.55", "weight of the mid-quartiles")
        parts = f"w1_{i}*({a} + {b})/2 + w2_{i}*({q1} + {q3})/2 + (1 - w1_{i} - w2_{i})*{m}"
        work.step(f"mean{i}", parts, why)
        return
    low, high = (a, b) if kind == "range" else (q1, q3)
    weight = f"4/(4 + n{i}**0.75)" if kind == "range" else f"0.7 + 0.39/n{i}"
    work.step(f"w_{i}", weight, "weight of the middle of the two")
    work.step(f"mean{i}", f"w_{i}*({low} + {high})/2 + (1 - w_{i})*{m}", why)


def _sd_by_formula(work: Working, i: str, kind: str, method: str) -> None:
    a, q1, _, q3, b = (f"{name}_{i}" for name in FIVE)
    by_range = f"({b} - {a})/(2*z((n{i} - 0.375)/(n{i} + 0.25)))"
    by_quartiles = f"({q3} - {q1})/(2*z((0.75*n{i} - 0.125)/(n{i} + 0.25)))"
    if kind != "five":
        expression = by_range if kind == "range" else by_quartiles
        work.step(f"sd{i}", expression, "SD for a normal distribution (Wan 2014)")
        return
    work.step(f"s1_{i}", by_range, "SD from the range")
    work.step(f"s2_{i}", by_quartiles, "SD from the quartiles")
    if method == "shi":
        work.step(f"v_{i}", f"1/(1 + 0.07*n{i}**0.6)", "weight of the range (Shi 2020)")
        work.step(f"sd{i}", f"v_{i}*s1_{i} + (1 - v_{i})*s2_{i}")
    else:
        work.step(f"sd{i}", f"(s1_{i} + s2_{i})/2", "their mean (Wan 2014)")
