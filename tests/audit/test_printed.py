"""Printed numbers as intervals of what they may have been."""

from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strataforest.audit.printed import decimals_of, printed, shown


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("0.67", 0.665, 0.675),
        ("1.00", 0.995, 1.005),
        ("1", 0.5, 1.5),
        ("−0.7", -0.75, -0.65),
        ("0,45", 0.445, 0.455),
        ("85.2%", 85.15, 85.25),
        ("<0.001", 0, 0.001),
        ("p < .05", 0, 0.05),
        ("0.000", -0.0005, 0.0005),
        ("1.2e-3", 0.00115, 0.00125),
        (">0.99", 0.99, float("inf")),
    ],
)
def test_interval_of_a_text(text, low, high):
    interval = printed(text)
    assert interval.low == pytest.approx(low, rel=1e-6, abs=1e-9)
    assert interval.high == pytest.approx(high, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("text", ["", "NE", "—", "< 3 each", "0.1 to 0.2"])
def test_what_is_no_number_was_not_printed(text):
    assert printed(text) is None


def test_dropped_zeros_come_back_with_decimals():
    assert printed("1", 2).high == pytest.approx(1.005)
    assert printed("0.125", 2).high == pytest.approx(0.1255)


@given(
    st.floats(-1e4, 1e4, allow_nan=False), st.integers(0, 6), st.sampled_from(["float", "decimal"])
)
def test_every_number_lies_where_its_print_says(value, decimals, way):
    exact = Decimal(value).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)
    text = shown(value, decimals) if way == "float" else str(exact)
    assert printed(text).holds(value)
    assert decimals_of(text) == decimals
