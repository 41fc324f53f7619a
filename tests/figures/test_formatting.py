import math

import pytest
from strataforest import formatting as f

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("x", "digits", "text"),
    [
        (0.123, 2, "0.12"),
        (-0.519, 2, "−0.52"),
        (0.0, 2, "0.00"),
        (-0.0, 2, "0.00"),
        (-0.001, 2, "0.00"),
        (-0.4, 0, "0"),
        (-0.005001, 2, "−0.01"),
        (12, 1, "12.0"),
        (1234.56, 2, "1234.56"),
        (12345.67, 2, "12345.7"),
        (123456.78, 2, "123457"),
        (1234.5678, 4, "1234.568"),
        (1234567.8, 2, "1.23×10⁶"),
        (-1234567.8, 2, "−1.23×10⁶"),
        (1.5e300, 2, "1.50×10³⁰⁰"),
        (None, 2, "—"),
        (NAN, 2, "—"),
        (INF, 2, "∞"),
        (-INF, 2, "−∞"),
    ],
)
def test_fixed(x, digits, text):
    assert f.fixed(x, digits) == text


def test_fixed_tells_a_tiny_value_from_zero_when_asked():
    assert f.fixed(0.0042, 2, tiny="significant") == "0.004"
    assert f.fixed(1e-9, 2, tiny="significant") == "1×10⁻⁹"
    assert f.fixed(-1e-9, 2, tiny="significant") == "−1×10⁻⁹"
    assert f.fixed(0.0, 2, tiny="significant") == "0.00"


def test_fixed_never_grows_long():
    for exponent in range(-300, 300):
        for sign in (1, -1):
            assert len(f.fixed(sign * 1.2345678 * 10.0**exponent, 2)) <= 11


def test_missing_is_what_the_caller_says():
    assert f.fixed(None, 2, missing="NE") == f.fixed(NAN, 2, missing="NE") == "NE"
    assert f.interval(None, None, missing="NE") == "NE"
    assert f.count(None, missing="") == ""
    assert f.percent(NAN, missing="NE") == f.p_value(None, missing="NE") == "NE"


@pytest.mark.parametrize("digits", [-1, -5])
def test_decimals_cannot_be_negative(digits):
    with pytest.raises(ValueError, match="negative"):
        f.fixed(1.0, digits)


@pytest.mark.parametrize(
    ("x", "digits", "text"),
    [
        (0, 2, "0"),
        (0.00042, 2, "0.00042"),
        (0.5234, 2, "0.52"),
        (-99.96, 3, "−100"),
        (1.23e-9, 2, "1.2×10⁻⁹"),
        (1234567, 3, "1.23×10⁶"),
        (99999, 2, "99999"),
        (None, 2, "—"),
    ],
)
def test_significant(x, digits, text):
    assert f.significant(x, digits) == text


def test_significant_needs_a_digit():
    with pytest.raises(ValueError, match="at least 1"):
        f.significant(1.0, 0)


def test_interval_forms():
    assert f.interval(0.12, 0.45) == "0.12 to 0.45"
    assert f.interval(-0.719, -0.319, form="column") == "[−0.72, −0.32]"
    assert f.interval(-INF, INF, form="column") == "[−∞, ∞]"
    assert f.interval(0.1, None) == "0.10 to —"


def test_interval_never_prints_two_ends_as_one():
    assert f.interval(0.1211, 0.1214) == "0.12110 to 0.12140"
    assert f.interval(1e-9, 3e-9) == "1.00×10⁻⁹ to 3.00×10⁻⁹"
    assert f.interval(0.5, 0.5) == "0.50 to 0.50"
    assert f.interval(0.12345601, 0.12345609) == "0.1234560 to 0.1234561"
    assert f.interval(12345.001, 12345.004) == "12345.001 to 12345.004"
    assert f.interval(1 + 1e-9, 1 + 3e-9, ratio=True) == "1.000000001 to 1.000000003"


@pytest.mark.parametrize(
    ("effect", "ratio", "texts"),
    [
        ((-1.5e-6, -2e-6, -1e-6), False, ("−1.50×10⁻⁶", "−2.00×10⁻⁶", "−1.00×10⁻⁶")),
        ((0.004, 0.001, 0.007), False, ("0.004", "0.001", "0.007")),
        ((0.0, -0.3, 0.3), False, ("0.00", "−0.30", "0.30")),
        ((0.12345605, 0.12345601, 0.12345609), False, ("0.1234560", "0.1234560", "0.1234561")),
        ((1.0002, 1.0001, 1.0003), True, ("1.00020", "1.00010", "1.00030")),
        ((None, None, None), False, ("—", "—", "—")),
    ],
)
def test_an_estimate_has_the_decimals_of_its_interval(effect, ratio, texts):
    assert f.effect_texts(*effect, ratio=ratio) == texts


@pytest.mark.parametrize(
    ("end", "ratio", "text"),
    [
        (-0.001, False, "−0.001"),
        (0.0042, False, "0.004"),
        (-0.00002, False, "−0.00002"),
        (-1e-9, False, "0.00"),
        (-0.0, False, "0.00"),
        (0.998, True, "0.998"),
        (1.0004, True, "1.0004"),
        (1 - 1e-12, True, "1.00"),
        (1.0, True, "1.00"),
        (0.0041, True, "0.004"),
        (1.0004, False, "1.00"),
    ],
)
def test_an_end_prints_as_the_null_only_where_it_is_the_null(end, ratio, text):
    for other in (-0.35, 1.35):
        low, high = sorted((end, other))
        assert text in f.effect_texts(0.3, low, high, ratio=ratio)[1:]
    if ratio:
        cells = f.estimate_cells(-0.1, -0.5, math.log(end), ratio=True)
    else:
        cells = f.estimate_cells(0.1, -0.5, end)
    assert cells[2] == f"{text}]"


def test_decimals_follow_the_typical_width():
    assert f.decimals_for([(0.1, 0.9), (0.2, 0.5)]) == 2
    assert f.decimals_for([(0.10, 0.12), (0.101, 0.119), (-5.0, 5.0)]) == 3
    assert f.decimals_for([(None, None), (NAN, 1.0), (0.0, INF), (1.0, 1.0)]) == 2
    assert f.decimals_for([(1e-9, 2e-9)]) > 6


def test_estimate_cells():
    assert f.estimate_cells(0.52, 0.31, -0.0) == ("0.52", "[0.31,", "0.00]")
    assert f.estimate_cells(None, None, None) == ("NE", "", "")
    assert f.estimate_cells(0.3, -INF, INF) == ("0.30", "[−∞,", "∞]")


def test_an_estimate_never_reads_as_an_end_of_its_interval():
    # One narrow interval in a column of wide ones, which sets the decimals: 0.001 [0.0008, 0.001].
    cells = f.estimate_cells(-6.9, -7.1, -6.7, ratio=True)
    assert cells == ("0.0010", "[0.0008,", "0.0012]")
    assert f.estimate_cells(0.2, 0.1962, 0.2038) == ("0.200", "[0.196,", "0.204]")
    assert f.estimate_cells(0.2, 0.188, 0.212) == ("0.20", "[0.19,", "0.21]")
    assert f.estimate_cells(0.2, 0.2, 0.2) == ("0.20", "[0.20,", "0.20]")


def test_estimate_cells_of_ratios_never_print_zero():
    cells = f.estimate_cells(math.log(0.06), math.log(0.0041), math.log(0.74), ratio=True)
    assert cells == ("0.06", "[0.004,", "0.74]")
    assert f.estimate_cells(0.0, -800.0, 800.0, ratio=True) == ("1.00", "[0.00,", "∞]")


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.034, "p = 0.034"),
        (0.05, "p = 0.050"),
        (0.001, "p = 0.001"),
        (0.00099, "p < 0.001"),
        (0.0, "p < 0.001"),
        (1.0, "p > 0.999"),
        (0.999, "p = 0.999"),
        (None, "—"),
    ],
)
def test_p_value(p, text):
    assert f.p_value(p) == text


@pytest.mark.parametrize("p", [-0.1, 1.2, INF])
def test_impossible_p_value(p):
    with pytest.raises(ValueError, match="between 0 and 1"):
        f.p_value(p)


def test_percent_and_count():
    assert f.percent(78.31) == "78%"
    assert f.percent(78.31, 1) == "78.3%"
    assert f.percent(-0.0001, 1) == "0.0%"
    assert [f.count(n) for n in (0, 450, 4500, 12345, 1234567)] == [
        "0", "450", "4500", "12\u202f345", "1\u202f234\u202f567",
    ]  # fmt: skip
    assert f.count(449.7) == "450"
    assert f.count(-0.2) == "0"


def test_exponential_knows_its_limits():
    assert f.exponential(0) == 1
    assert f.exponential(1e6) == INF
    assert f.exponential(-INF) == 0
    assert f.exponential(None) is None
    assert math.isnan(f.exponential(NAN))


def test_ticks():
    assert f.tick(0.0, 1) == "0.0"
    assert f.tick(0.0, 11) == "0"
    assert f.tick(2e-4, 5) == "2×10⁻⁴"
    assert f.tick(-0.5, 1) == "−0.5"
    assert f.tick(-1e-20, 1) == "−10⁻²⁰"
    assert f.tick(1e6, 0) == "10⁶"
    assert f.tick(-2.5e6, 0) == "−2.5×10⁶"
