"""Mistakes typed into a clean copy of the default review: which of them are warned, and where.

A mistake counts as found when a problem stands at a cell that was altered, by a rule that does not
speak there on the clean copy. Two sets: forty drawn once and kept (planted_errors.py), and a
seeded few hundred by kind, in random rows, which hold the rules to more than the forty.
"""

import csv
import math
import random
import shutil
from collections import Counter, defaultdict
from pathlib import Path

import pytest
import yaml
from planted_errors import BINARY, CONTINUOUS, ODD_ROWS, PLANTED, STUDIES
from strataforest.sheets.checks import check_review
from strataforest.sheets.columns import VOCABULARY, parse
from strataforest.sheets.harmonize import read_sheets_of_kind

ROOT = Path(__file__).parents[2]
SHEETS = ROOT / "resources/diabetes_messaging"
CONFIG = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
ARMS = ("treat", "control")
PARSED = {column.name: column for kind in ("studies", "outcomes") for column in VOCABULARY[kind]}


def clean_copy(folder):
    """Write the shipped sheets without their odd rows, which are left blank: rows keep numbers."""
    grids = {}
    for name in (CONTINUOUS, BINARY, STUDIES):
        with (SHEETS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            grid = list(csv.reader(file))
        for number in ODD_ROWS[name]:
            grid[number - 1] = [""] * len(grid[0])
        grids[name] = grid
    write(folder, grids)
    return grids


def write(folder, grids):
    for name, grid in grids.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(grid)


def letter(index):
    return (chr(64 + index // 26) if index >= 26 else "") + chr(65 + index % 26)


def read(folder):
    """Return the sheets of a folder, read as the workflow does."""
    paths = {"studies": [STUDIES], "outcomes": [CONTINUOUS, BINARY]}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return {
            kind: read_sheets_of_kind(kind, [{"path": f"{name}.csv"} for name in names])
            for kind, names in paths.items()
        }


def problems_of(sheets):
    domains = {name: {"priority": []} | domain for name, domain in CONFIG["domains"].items()}
    found = check_review(sheets, domains, CONFIG["indicators"], CONFIG["strata"])
    return [problem for problem in found if problem.severity != "note"]


def places(problems):
    """Return what the problems stand at: (sheet, cell, rule), each with its severity."""
    return {(Path(p.file).stem, p.cell, p.rule or p.problem) for p in problems}


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clean")
    return folder, clean_copy(folder), problems_of(read(folder))


def planted_in(grids, mistake):
    """Return the grids with a mistake in them, and the cells at which a warning counts."""
    grids = {name: [list(row) for row in grid] for name, grid in grids.items()}
    grid = grids[mistake.sheet]
    header = grid[0]
    if mistake.copied:
        new_name = mistake.typed["study_id"]
        old_name = grid[mistake.row - 1][0]
        cells = set()
        for name in (CONTINUOUS, BINARY, STUDIES):
            for row in [r for r in grids[name] if r[0] == old_name]:
                copy = [new_name, *row[1:]]
                for column in ("citation", "doi", "source", "locator", "note"):
                    if column in grids[name][0]:
                        copy[grids[name][0].index(column)] = ""
                grids[name].append(copy)
                number = len(grids[name])
                cells |= {(name, f"{letter(i)}{number}") for i, cell in enumerate(copy) if cell}
        return grids, cells
    for column, text in mistake.typed.items():
        assert grid[mistake.row - 1][header.index(column)] != text
        grid[mistake.row - 1][header.index(column)] = text
    columns = mistake.cells or tuple(mistake.typed)
    return grids, {
        (mistake.sheet, f"{letter(header.index(column))}{mistake.row}") for column in columns
    }


@pytest.fixture(scope="module")
def forty(clean, tmp_path_factory):
    """Return for each planted mistake the new problems, and those of them at the right cells."""
    _, grids, before = clean
    known, results = places(before), []
    for i, mistake in enumerate(PLANTED):
        folder = tmp_path_factory.mktemp(f"planted{i}")
        changed, cells = planted_in(grids, mistake)
        write(folder, changed)
        new = places(problems_of(read(folder))) - known
        shutil.rmtree(folder)
        results.append((mistake, new, {place for place in new if place[:2] in cells}))
    return results


# The clean copy.

# What the rules say there, by rule: none of it is a slip of the extractor's.
REAL = {
    ("outcomes_continuous", "K30", "large_effect"): "GuoH2019 prints t = 13.2: d is 2.35",
    ("outcomes_continuous", "K31", "large_effect"): "GuoH2019 prints t = 11.9: d is 2.13",
    ("outcomes_continuous", "AF32", "contradicted_sign"): "GuoH2019 prints t as control - treat",
    ("outcomes_continuous", "K50", "large_effect"): "HuY2017: d is 2.5 on a compliance score",
}


def test_warnings_on_the_clean_copy_are_few(clean):
    # The rows left out take names with them that the config knows: no fault of the sheets.
    found = {place for place in places(clean[2]) if place[0] != "config"}
    assert set(REAL) <= found
    noise = sorted(found - set(REAL))
    print(
        f"\n{len(found)} warnings on the clean copy, {len(noise)} of them noise:", *noise, sep="\n "
    )
    assert len(noise) <= 5
    assert [p for p in clean[2] if p.severity == "error"] == []


# The forty.


def test_of_forty_planted_mistakes_at_least_32_are_warned_at_the_cell(forty):
    assert len(PLANTED) == 40
    found = [mistake for mistake, _, right in forty if right]
    print(f"\n{len(found)} of {len(PLANTED)} warned at the altered cell; not warned:")
    for mistake, new, right in forty:
        if not right:
            print(f"  {mistake.kind}, {mistake.sheet} {mistake.row}: elsewhere {sorted(new)}")
    assert len(found) >= 32


def test_the_misses_are_those_that_the_list_explains(forty):
    silent = {(m.kind, m.row) for m, _, right in forty if not right}
    assert silent == {(m.kind, m.row) for m in PLANTED if m.missed}


def test_a_planted_mistake_gives_one_or_two_warnings(forty):
    counts = [len(new) for _, new, _ in forty]
    print(f"\nnew problems per mistake: {sorted(counts)}")
    assert sum(counts) / len(counts) <= 2
    assert max(counts) <= 5


# Hundreds at random.

DRAWS = 15


def number(row, name):
    return float(row[name])


def digits(value):
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def as_ses(rng, row, *, both):
    arms = ARMS if both else [rng.choice(ARMS)]
    return {f"sd_{a}": digits(number(row, f"sd_{a}") / math.sqrt(int(row[f"n_{a}"]))) for a in arms}


def shifted(rng, row, names):
    name = rng.choice(names)
    return {name: repr(round(number(row, name) * rng.choice((10.0, 0.1)), 6))}


def swapped(row, *names):
    return {f"{name}_{a}": row[f"{name}_{b}"] for name in names for a, b in (ARMS, ARMS[::-1])}


def mistyped(rng, text):
    place = rng.choice([i for i, sign in enumerate(text) if sign.isdigit()])
    other = rng.choice([digit for digit in "0123456789" if digit != text[place]])
    return text[:place] + other + text[place + 1 :]


MEANS = tuple(f"{name}_{arm}" for name in ("mean", "sd", "n") for arm in ARMS)
CI = ("md", "md_ci_low", "md_ci_high")
EVENTS = ("events_treat", "n_treat", "events_control", "n_control")
BASELINE = (*MEANS, *(f"{name}_baseline_{arm}" for name in ("mean", "sd") for arm in ARMS))
# kind: (columns that the row needs, what is typed, the share that must be found). The shares are
# those measured, less what another seed may cost; what no rule can know is low.
KINDS = {
    "SE for SD, both arms": (MEANS, lambda rng, row: as_ses(rng, row, both=True), 0.8),
    "SE for SD, one arm": (MEANS, lambda rng, row: as_ses(rng, row, both=False), 0.8),
    "decimal shift of a mean": (MEANS, lambda rng, row: shifted(rng, row, MEANS[:2]), 0.75),
    "decimal shift of an SD": (MEANS, lambda rng, row: shifted(rng, row, MEANS[2:4]), 0.8),
    "decimal shift of md or a limit": (CI, lambda rng, row: shifted(rng, row, CI), 0.8),
    "sign of md lost": (CI, lambda rng, row: {"md": repr(-number(row, "md"))}, 0.8),
    "limits swapped": (CI, lambda rng, row: {"md_ci_low": row[CI[2]], "md_ci_high": row[CI[1]]}, 1),
    "arms swapped": (MEANS, lambda rng, row: swapped(row, "mean", "sd"), 0.4),
    "a digit of a mean": (
        MEANS,
        lambda rng, row: {(name := rng.choice(MEANS[:2])): mistyped(rng, row[name])},
        0.1,
    ),
    "ten times n": (
        ("n_treat", "n_control"),
        lambda rng, row: {(name := rng.choice(MEANS[4:])): row[name] + "0"},
        0.8,
    ),
    "n of both arms in one": (
        ("n_treat", "n_control"),
        lambda rng, row: {rng.choice(MEANS[4:]): str(int(row["n_treat"]) + int(row["n_control"]))},
        0.8,
    ),
    "a digit of n": (
        ("n_treat", "n_control"),
        lambda rng, row: {(name := rng.choice(MEANS[4:])): mistyped(rng, row[name])},
        0.5,
    ),
    "a digit of t": (
        ("t_stat", *MEANS),
        lambda rng, row: {"t_stat": mistyped(rng, row["t_stat"])},
        0.3,
    ),
    "baseline as post": (
        BASELINE,
        lambda rng, row: {
            f"{n}_{a}": row[f"{n}_baseline_{a}"] for n in ("mean", "sd") for a in ARMS
        },
        0.8,
    ),
    "non-events for events": (
        EVENTS,
        lambda rng, row: {
            f"events_{(a := rng.choice(ARMS))}": str(int(row[f"n_{a}"]) - int(row[f"events_{a}"]))
        },
        0.5,
    ),
    "change as metric of a value": (MEANS, lambda rng, row: {"metric": "change"}, 0.4),
    "a zero of p lost": (
        ("p_value", "md_ci_low"),
        lambda rng, row: {"p_value": row["p_value"].replace("0.0", "0.", 1)},
        0.6,
    ),
    "mg/dL under mmol/L": (
        MEANS,
        lambda rng, row: {
            name: digits(number(row, name) * 18.016)
            for name in MEANS[:4]
            if row["unit"] == "mmol/L"
        },
        0.5,
    ),
    "one arm copied to the other": (
        MEANS,
        lambda rng, row: {f"{name}_control": row[f"{name}_treat"] for name in ("mean", "sd")},
        0.6,
    ),
    "twelve times the weeks": (
        ("timepoint_weeks",),
        lambda rng, row: {"timepoint_weeks": repr(number(row, "timepoint_weeks") * 12)},
        0.8,
    ),
}


def is_possible(typed, row):
    """Return whether something else than before is typed, and all of it can be read."""
    for name, text in typed.items():
        try:
            if parse(PARSED[name], text) == row[name]:
                return False
        except ValueError:
            return False
    return bool(typed)


@pytest.fixture(scope="module")
def shares(clean):
    """Return by kind, for each mistake: whether it is found at its cell, and all new problems."""
    sheets = read(clean[0])
    outcomes = sheets["outcomes"].rows
    known, found = places(clean[2]), defaultdict(list)
    for kind, (needed, typed_in, _) in KINDS.items():
        rng = random.Random(kind)
        places_for = [i for i, row in enumerate(outcomes) if all(row[name] for name in needed)]
        for _ in range(DRAWS):
            i = rng.choice(places_for)
            typed = typed_in(rng, outcomes[i])
            if not is_possible(typed, outcomes[i]):
                continue
            changed = outcomes[i] | {
                name: parse(PARSED[name], text) for name, text in typed.items()
            }
            sheets["outcomes"].rows = [*outcomes[:i], changed, *outcomes[i + 1 :]]
            new = places(problems_of(sheets)) - known
            addresses = dict(pair.split("=") for pair in changed["source_cells"].split(";"))
            cells = {(Path(changed["source_file"]).stem, addresses[name]) for name in typed}
            found[kind].append((any(place[:2] in cells for place in new), len(new), new))
    return found


def test_random_mistakes_by_kind(shares):
    print()
    too_few = []
    for kind, results in shares.items():
        hits = sum(hit for hit, *_ in results)
        rules = Counter(place[2] for *_, new in results for place in new)
        said = ", ".join(f"{rule} {n}" for rule, n in rules.most_common(3))
        print(f"{kind:32} {hits:3} of {len(results):3}  {said}")
        if hits < KINDS[kind][2] * len(results):
            too_few.append(kind)
    total = [hit for results in shares.values() for hit, *_ in results]
    print(f"all: {sum(total)} of {len(total)}")
    assert too_few == []
    assert len(total) > 250
    assert sum(total) >= 0.75 * len(total)


def test_random_mistakes_give_few_warnings(shares):
    counts = [n for results in shares.values() for _, n, *_ in results]
    assert sum(counts) / len(counts) <= 2
