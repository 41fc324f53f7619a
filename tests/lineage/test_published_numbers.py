"""Every pooled number leads to cells, and those cells alone give its effects again."""

import csv
import io
import json
import math

import pytest
from scipy import stats
from strataforest.cli import main

TOLERANCE = 1e-10


@pytest.fixture(params=["built_review", "default_review"])
def reviewed(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def traced(reviewed, capsys):
    """Return a function that traces a name in a built review to a tree."""

    def trace(name):
        assert main(["trace", name, "--json", "--results", str(reviewed.folder / "results")]) == 0
        (tree,) = json.loads(capsys.readouterr().out)["trees"]
        return tree

    return trace


def sheet_cell(folder, cell):
    """Return the text of a cell, read from the sheet itself."""
    text = (folder / cell["file"]).read_text(encoding="utf-8-sig")
    letters = cell["address"].rstrip("0123456789")
    column = 0
    for letter in letters:
        column = 26 * column + ord(letter) - 64
    grid = list(csv.reader(io.StringIO(text, newline="")))
    return grid[int(cell["address"][len(letters) :]) - 1][column - 1].strip()


def from_quartiles(number, arm, n):
    """Return (mean, sd) of an arm from its median and quartiles: Luo 2018, Wan 2014."""
    q1, median, q3 = (number(f"{name}_{arm}") for name in ("q1", "median", "q3"))
    weight = 0.7 + 0.39 / n
    z = stats.norm.ppf((0.75 * n - 0.125) / (n + 0.25))
    return weight * (q1 + q3) / 2 + (1 - weight) * median, (q3 - q1) / (2 * z)


def recomputed(c, direction, g, icc):
    """Return (yi, vi) of a comparison from its cells by hand; `direction` is 1 or -1."""

    def number(name):
        return float(c[name]) if c.get(name) else None

    if c.get("events_treat"):
        a, n1, b, n2 = (
            number(k) for k in ("events_treat", "n_treat", "events_control", "n_control")
        )
        if 0 in (a, b, n1 - a, n2 - b):
            a, b, n1, n2 = a + 0.5, b + 0.5, n1 + 1, n2 + 1
        return math.log(a / n1 / (b / n2)), 1 / a - 1 / n1 + 1 / b - 1 / n2
    n1, n2 = number("n_treat"), number("n_control")
    df, root = n1 + n2 - 2, math.sqrt(1 / n1 + 1 / n2)
    difference = number("md")
    if difference is None and c.get("mean_treat"):
        difference = number("mean_treat") - number("mean_control")
    if c.get("median_treat"):
        n = {"treat": n1, "control": n2}
        (mean1, sd1), (mean2, sd2) = (from_quartiles(number, arm, n[arm]) for arm in n)
        d = (mean1 - mean2) / math.sqrt(((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / df)
    elif c.get("sd_treat") or c.get("ci_low_treat"):
        spreads = []
        for arm, n in (("treat", n1), ("control", n2)):
            spread = number(f"sd_{arm}")
            if spread is None:
                width = number(f"ci_high_{arm}") - number(f"ci_low_{arm}")
                spread = width / 2 / stats.t.ppf(0.975, n - 1) * math.sqrt(n)
            spreads.append(spread)
        d = difference / math.sqrt(((n1 - 1) * spreads[0] ** 2 + (n2 - 1) * spreads[1] ** 2) / df)
    elif c.get("md_ci_low"):
        se = (number("md_ci_high") - number("md_ci_low")) / 2 / stats.t.ppf(0.975, df)
        d = difference / se * root
    else:
        t = abs(number("t_stat")) if c.get("t_stat") else stats.t.isf(number("p_value") / 2, df)
        sign = {"treat": direction, "control": -direction}[c["favours"]]
        d = sign * t * root
    if c.get("cluster_size"):
        inflation = 1 + (number("cluster_size") - 1) * (number("icc") or icc)
        n1, n2 = n1 / inflation, n2 / inflation
    variance = 1 / n1 + 1 / n2 + d**2 / 2 / (n1 + n2)
    j = 1 - 3 / (4 * (n1 + n2 - 2) - 1) if g else 1
    return direction * j * d, j**2 * variance


def test_every_pooled_number_is_recomputed_from_its_cells(reviewed, traced):
    effects = {row["effect_id"]: row for row in reviewed.rows("effects/effects.csv")}
    g = reviewed.config.get("effect_size", {}).get("estimator", "g") == "g"
    icc = reviewed.config.get("conversions", {}).get("default_icc")
    seen, pooled = set(), 0
    for row, published in enumerate(reviewed.rows("tables/pooled.csv"), 2):
        tree = traced(f"results/tables/pooled.csv:{row}")
        assert (tree["analysis"], tree["stratum"]) == (published["analysis"], published["stratum"])
        assert len(tree["effects"]) == tree["k"] == int(published["k"])
        assert tree["n_participants"] == int(published["n_participants"])
        total, weighted = 0.0, 0.0
        for node in tree["effects"]:
            in_sheets = [cell for cell in node["cells"] if cell["file"]]
            cells = {cell["column"]: sheet_cell(reviewed.folder, cell) for cell in in_sheets}
            effect = effects[node["effect_id"]]
            direction = 1 if effect["higher_is_better"] == "yes" else -1
            known = float(effect["yi"]), float(effect["vi"])
            for mine in (
                recomputed(cells, direction, g, icc),
                (node["yi"], node["vi"]),
                (node["arithmetic"]["yi"], node["arithmetic"]["vi"]),
            ):
                assert mine == pytest.approx(known, rel=TOLERANCE, abs=TOLERANCE), node["effect_id"]
            assert node["arithmetic"]["agrees"]
            assert node["arithmetic"]["steps"][-1]["value"] == pytest.approx(known[0])
            seen.add(node["effect_id"])
            if published["estimate"]:
                weight = 1 / (known[1] + float(published["tau2"]))
                total, weighted = total + weight, weighted + weight * known[0]
        if published["estimate"]:
            pooled += 1
            assert weighted / total == pytest.approx(float(published["estimate"]), abs=TOLERANCE)
            assert tree["pooled"]["problems"] == []
            assert sum(node["weight"] for node in tree["effects"]) == pytest.approx(100)
            steps = {step["symbol"]: step["value"] for step in tree["pooled"]["steps"]}
            for name in ("estimate", "se", "ci_low", "ci_high", "ratio", "ratio_ci_low"):
                if published[name]:
                    assert steps[name] == pytest.approx(float(published[name]), abs=TOLERANCE)
            shown = -1 if "display_estimate" in steps else 1
            if not published["ratio"]:
                assert float(published["display_estimate"]) == shown * float(published["estimate"])
        else:
            assert tree["pooled"] is None and tree["reason"] == published["reason"]
    decisions = reviewed.rows("effects/decisions.csv")
    chosen = {row["effect_id"] for row in decisions if row["decision"] == "selected"}
    assert seen == chosen
    assert pooled == sum(bool(r["estimate"]) for r in reviewed.rows("tables/pooled.csv")) >= 3


def test_every_effect_selected_or_not_agrees_with_its_cells(reviewed, traced):
    for effect in reviewed.rows("effects/effects.csv"):
        node = traced(effect["effect_id"])
        assert node["arithmetic"]["problem"] == ""
        named = {cell["address"] for cell in node["cells"]}
        assert set(effect["source_cells"].split(";")) <= named
        for cell in node["cells"]:
            if cell["address"] and cell["raw"] == "":
                assert float_or_text(sheet_cell(reviewed.folder, cell)) == float_or_text(
                    cell["value"]
                )


def float_or_text(text):
    try:
        return float(text)
    except ValueError:
        return text


def test_every_leave_one_out_row_is_recomputed(reviewed, traced):
    checked = 0
    for folder in ("leave_one_out", "leave_one_out_by_trial"):
        for path in sorted((reviewed.folder / "results/tables" / folder).glob("*.csv")):
            for row, published in enumerate(reviewed.rows(f"tables/{folder}/{path.name}"), 2):
                tree = traced(f"tables/{folder}/{path.name}:{row}")
                assert tree["pooled"]["problems"] == []
                steps = {step["symbol"]: step["value"] for step in tree["pooled"]["steps"]}
                assert steps["estimate"] == pytest.approx(
                    float(published["estimate"]), abs=TOLERANCE
                )
                left = {node["study_id"] for node in tree["effects"]}
                if folder == "leave_one_out_by_trial":
                    assert published["omitted_study_id"] not in left
                assert published["omitted_effect_id"] not in {
                    node["effect_id"] for node in tree["effects"]
                }
                checked += 1
    assert checked >= 9
