"""Every number cell of the paper's tables is that of the full-precision csv or json behind it."""

import re

import pytest
from conftest import ROOT
from printed import (
    ENDS,
    MISSING,
    RATIOS,
    body,
    coefficient,
    csv_rows,
    docx_rows,
    effect,
    html_rows,
    i2_cell,
    json_of,
    number,
    p_cell,
    people,
    prediction,
    squeezed,
    tau2,
    tex_rows,
    two_decimals,
    value,
)
from strataforest.formatting import effect_texts, significant

INFLUENCE = ("rstudent", "dffits", "cook_d", "cov_r", "tau2_del", "qe_del", "hat", "weight")


def pooled(review, status="pooled"):
    return [row for row in review.rows("tables/pooled.csv") if status in ("", row["status"])]


def table2(review):
    """Columns after the domain and the platform; signs as the paper shows them."""
    for row in pooled(review, ""):
        if row["analysis"] != "platform_by_domain":
            continue
        start = [row["k"], people(row), row["measure"] or MISSING]
        if row["status"] != "pooled":
            yield [*start, "NE", *[MISSING] * 4]
            continue
        shown = [value(row, f"display_{name}") for name in ENDS]
        estimate, low, high = effect_texts(*shown, ratio=row["measure"] in RATIOS)
        yield [*start, estimate, f"{low} to {high}", i2_cell(row), p_cell(row), None]


def table3(review):
    for row in pooled(review, ""):
        if row["analysis"] != "domain":
            continue
        several = "" if row["k"] == row["n_studies"] else f" ({row['n_studies']} trials)"
        start = [f"{row['k']}{several}", people(row), row["measure"] or MISSING]
        if row["status"] != "pooled":
            yield [*start, "NE", *[MISSING] * 4, None]
            continue
        estimate, low, high = effect(row)
        numbers = [f"{estimate} ({low} to {high})", prediction(row), i2_cell(row), tau2(row)]
        yield [*start, *numbers, None, None]


def table_s1(review):
    for stratum in pooled(review):
        name = f"tables/leave_one_out/LOO_{stratum['analysis']}_{stratum['stratum']}.csv"
        for row in review.rows(name):
            estimate, low, high = effect(row, measure=stratum["measure"])
            numbers = [estimate, f"{low} to {high}", p_cell(row), tau2(row), i2_cell(row)]
            yield [*numbers, number(row, "change"), row["flags"].replace(";", ", ") or MISSING]


def table_s2(review):
    shown = {"weight": i2_cell, "tau2_del": tau2}
    for stratum in pooled(review):
        for row in review.rows(f"tables/influence/{stratum['analysis']}_{stratum['stratum']}.csv"):
            cells = [shown.get(name, two_decimals)(row, name) for name in (*INFLUENCE, "dfbetas")]
            yield [*cells, row["influential"]]


def table_s3(review):
    keys = ("model", "scope", "domain", "measure")
    terms = review.rows("tables/meta_regression_terms.csv")
    for model in review.rows("tables/meta_regression_models.csv"):
        own = [row for row in terms if all(row[key] == model[key] for key in keys)]
        for row in own:
            b, low, high = coefficient(row)
            tests = [p_cell(row, name) for name in ("p_value", "permutation_p", "robust_p_value")]
            yield [b, significant(value(row, "se"), 3), f"{low} to {high}", *tests]
        if not own:
            yield [MISSING] * 6


def table_s4(review):
    for row in review.rows("tables/small_study.csv"):
        if row["test"] == "all":
            continue
        if row["status"] != "computed":
            yield ["NE", *[MISSING] * 5, row["reason"]]
            continue
        estimate, low, high = effect(row, [f"limit_{end}" for end in ENDS])
        ends = MISSING if row["limit_ci_low"] == "" else f"{low} to {high}"
        numbers = [number(row, name) for name in ("estimate", "se", "statistic")]
        note = f"{row['k0']} filled in" if row["k0"] else None
        yield [*numbers, p_cell(row), estimate, ends, note]


def table1(review):
    """Whole numbers as the sheet has them: year, weeks, people."""
    for row in review.rows("covariates/characteristics.csv"):
        yield [
            row["year"] or MISSING,
            row["follow_up_weeks"] or MISSING,
            people(row, "n_randomised"),
        ]


# Which columns of the csv the expected cells stand in, counted from its end where negative.
TABLES = {
    "table1_characteristics": (table1, ["Year", "Follow-up (weeks)", "Randomised"]),
    "table2_platform_by_domain": (table2, slice(2, None)),
    "table3_summary_of_findings": (table3, slice(1, None)),
    "table_s1_leave_one_out": (table_s1, slice(2, None)),
    "table_s2_influence": (table_s2, slice(2, None)),
    "table_s3_meta_regression": (table_s3, slice(2, None)),
    "table_s4_small_study": (table_s4, slice(2, None)),
}


def chosen(headings, row, where):
    return row[where] if isinstance(where, slice) else [row[headings.index(h)] for h in where]


@pytest.mark.parametrize("name", TABLES)
def test_every_number_of_a_table_is_that_of_the_full_precision_file(default_review, name):
    build, where = TABLES[name]
    headings, *rows = csv_rows(default_review.folder / f"results/tables/{name}.csv")
    wanted = list(build(default_review))
    assert len(rows) == len(wanted) > 5
    compared = 0
    for row, cells in zip(rows, wanted, strict=True):
        printed = chosen(headings, row, where)
        names = chosen(headings, headings, where)
        for heading, shown, right in zip(names, printed, cells, strict=True):
            if right is not None:
                assert shown == right, (name, row[0], row[1], heading)
                compared += 1
    print(f"{name}: {compared} cells")
    assert compared >= 3 * len(rows)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_reads_the_same_in_every_format(default_review, name):
    folder = default_review.folder / "results/tables"
    headings, *rows = csv_rows(folder / f"{name}.csv")
    grouped = headings[0] in ("Domain", "Stratum", "Model")
    wanted = [[squeezed(cell) for cell in row[grouped:]] for row in rows]
    readers = {"html": html_rows, "docx": docx_rows, "tex": tex_rows}
    for kind, read in readers.items():
        found = body(read(folder / f"{name}.{kind}"), len(headings) - grouped)
        # Headings stand once more in every format, twice in LaTeX: on the first page and the next.
        found = [[squeezed(cell) for cell in row] for row in found][-len(wanted) :]
        assert found == wanted, kind


def test_a_fit_and_its_table_hold_the_same_numbers(default_review):
    for row in pooled(default_review):
        place = f"results/fits/{row['analysis']}/{row['stratum']}.json"
        fit = json_of(default_review.folder / place)
        numbers = fit["pooled"] | fit["heterogeneity"]
        for name in (*ENDS, "se", "p_value", "tau2", "i2", "q", "q_p", "pi_low", "pi_high"):
            assert value(row, name) == numbers[name], (place, name)
        effects = {e["effect_id"]: e for e in default_review.rows("effects/effects.csv")}
        for name, yi in zip(fit["studies"]["effect_id"], fit["studies"]["yi"], strict=True):
            assert float(effects[name]["yi"]) == yi


def test_every_figure_and_table_of_the_seed_paper_has_its_counterpart(default_review):
    text = (ROOT / "results/README.md").read_text(encoding="utf-8")
    table = text[text.index("| there | here |") :].split("\n\n")[0].splitlines()[2:]
    assert {row.split(",")[0].strip("| ") for row in table} >= {
        *(f"Figure {n}" for n in range(1, 6)),
        *("Figures S1-S6", "Figures S7-S9", "Table 1", "Table 2", "LOO_*.csv"),
    }
    for place in re.findall(r"`([a-z_]+/[^`]+)`", "\n".join(table)):
        pattern = re.sub(r"<\w+>", "*", place)
        assert list((default_review.folder / "results").glob(pattern)), place
