"""Tables of real fits give no alarm; with an error planted nine in ten do.

What escapes, and why: I² from the wrong Q where the program takes I² from τ² (it is then no
function of Q, and only bounded by τ², SE, k and the other strata; under Hartung-Knapp, or where
neither τ² nor a prediction interval is printed, hardly at all); digits swapped in such an I², or
in a last digit that rounding covers; k off by one or two where neither df, a t interval nor the p
of Q says so; a limit moved by less than two decimals tell.
"""

import time

import paper_tables
import pytest
from strataforest.audit.audit import audit
from strataforest.audit.finding import CONTRADICTION, QUESTION

N_TABLES = 200


@pytest.fixture(scope="module")
def tables():
    return [paper_tables.table(seed) for seed in range(N_TABLES)]


def alarms(rows):
    found = audit(rows, paper_tables.GROUPING)
    return [f for f in found if f.severity in (CONTRADICTION, QUESTION)]


def test_no_alarm_where_nothing_is_wrong(tables, record_property):
    found = [(seed, f) for seed, rows in enumerate(tables) for f in alarms(rows)]
    n_rows = sum(map(len, tables))
    text = f"audit: {len(found)} alarms in {N_TABLES} sound tables ({n_rows} rows)"
    record_property("measured", text)
    assert found == []


def test_no_alarm_where_the_program_is_unknown(tables):
    unnamed = [[row | {"preset": ""} for row in rows] for rows in tables]
    assert [f for rows in unnamed for f in alarms(rows)] == []


def test_tables_span_what_they_should(tables):
    pooled = [row for rows in tables for row in rows if row.get("k")]
    ks = [int(row["k"]) for row in pooled]
    assert (min(ks), max(ks)) == (3, 60) or (min(ks) == 3 and max(ks) > 50)
    assert {row["measure"] for row in pooled} == {"SMD", "MD", "RR"}
    assert len({row["preset"] for row in pooled}) == 5
    assert any(row["p_value"] == "<0.001" for row in pooled)


def test_planted_errors_are_found(tables, record_property):
    kinds, found, escaped = paper_tables.KINDS, {}, []
    for seed, rows in enumerate(tables):
        kind = kinds[seed % len(kinds)]
        wrong, place = paper_tables.plant(rows, kind, seed)
        is_found = bool(alarms(wrong))
        found.setdefault(kind, []).append(is_found)
        if not is_found:
            escaped.append((kind, place[1], rows[0]["preset"]))
    n_found = sum(map(sum, found.values()))
    shares = ", ".join(f"{kind} {sum(f)}/{len(f)}" for kind, f in found.items())
    text = f"audit: {n_found} of {N_TABLES} planted errors found ({shares})"
    record_property("measured", text)
    for each in sorted(set(escaped)):
        record_property("measured", f"audit: escaped {escaped.count(each)}: {', '.join(each)}")
    assert {len(each) for each in found.values()} == {N_TABLES // len(kinds)}
    assert n_found >= 0.9 * N_TABLES


def test_every_i2_that_its_q_cannot_give_is_found(tables):
    n_planted = 0
    for seed, rows in enumerate(tables):
        planted = paper_tables.plant(rows, "I2 from the wrong Q", seed)
        if planted is None or rows[0]["preset"] not in ("meta8", "stata16-metan"):
            continue
        wrong, (index, _, _, after) = planted
        q, df = float(rows[index]["q"]), int(rows[index]["k"]) - 1
        ends = [100 * max(0.0, 1 - df / max(x, 1e-9)) for x in (q - 0.005, q + 0.005)]
        half = 0.5 * 10.0 ** -len(after.partition(".")[2])
        if ends[0] - half <= float(after) <= ends[1] + half:
            continue
        n_planted += 1
        assert alarms(wrong), planted[1]
    assert n_planted > 60


def test_a_thousand_rows_take_a_moment(tables):
    rows = [row for table in tables for row in table][:1000]
    rows = [row | {"domain": f"outcome {i // 5}"} for i, row in enumerate(rows)]
    start = time.process_time()
    audit(rows, paper_tables.GROUPING)
    assert time.process_time() - start < 3


def test_a_thousand_rows_of_unknown_programs_take_a_moment(tables):
    rows = [row | {"preset": ""} for table in tables for row in table][:1000]
    # Wrong in every row: every program's formulas are tried.
    rows = [row | {"domain": f"outcome {i // 5}", "p_value": "0.5"} for i, row in enumerate(rows)]
    start = time.process_time()
    audit(rows, paper_tables.GROUPING)
    assert time.process_time() - start < 10
