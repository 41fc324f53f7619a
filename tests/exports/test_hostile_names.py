"""Nothing that a sheet or a config holds becomes a command, and a changed number stops R."""

import csv
import re

import numpy as np
import pytest
from in_r import fit_of, needs_metafor, run_r, stratum_of, written
from strataforest.exports import stata, text

NAMES = (
    '"); system("touch pwned"); c("',
    "Line\nsystem('touch pwned')\nbreak",
    "`shell touch pwned' $HOME",
    "*/ !touch pwned /* // ///",
    'O\'Brien "2019", \\"x\\"',
    "=cmd|' /C calc'!A0",
    "Müller 2020 {bf:x}",
    "NA",
)
YI = np.linspace(-0.2, 0.6, len(NAMES))
VI = np.linspace(0.02, 0.1, len(NAMES))


@pytest.fixture
def fit():
    return fit_of(stratum_of(YI, VI, names=list(NAMES)), "domain", "pain")


@needs_metafor
@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_names_are_data_to_r(fit, tmp_path, locale):
    label = 'Pain\nsystem("touch pwned")\r\N{LINE SEPARATOR}system("touch pwned") ü'
    folder = written(tmp_path, [fit], label)
    check = 'dat <- read.csv("pain.csv", na.strings = "", encoding = "UTF-8")\n'
    check += "writeBin(charToRaw(paste(dat$study, collapse = '|')), 'names')\n"
    (folder / "domain" / "check").write_text(check, encoding="utf-8")
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": locale}
    done = run_r(folder, "all.R", env=environment)
    assert done.returncode == 0, done.stderr
    assert "the same" in done.stdout
    assert run_r(folder / "domain", "check", env=environment).returncode == 0
    # A formula keeps the apostrophe that stops a spreadsheet from running it.
    shown = [f"'{name}" if name.startswith("=") else name for name in NAMES]
    assert (folder / "domain" / "names").read_bytes().decode() == "|".join(shown)
    assert not list(tmp_path.rglob("pwned"))


@needs_metafor
def test_a_changed_digit_stops_r(fit, tmp_path):
    folder = written(tmp_path, [fit])
    path = folder / "domain" / "pain.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    column = rows[0].index("yi")
    rows[1][column] = rows[1][column].replace("0.2", "0.3")
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    own = run_r(folder / "domain", "pain.R")
    assert own.returncode != 0
    assert "metafor and strataforest differ" in own.stderr
    every = run_r(folder, "all.R")
    assert every.returncode != 0
    assert "differ" in every.stdout


def test_a_label_stays_on_its_line():
    assert text.one_line("a\nb\r\x0bc\N{LINE SEPARATOR}d\x00e") == "a b c d e"


def test_a_do_file_holds_no_macro_quote_or_comment_of_a_sheets(fit):
    script = stata.analysis_script([fit], {"pain": '*/ `x\' $y "z" // \n!rm'})
    assert not re.search(r"[`$\\{}]|//|/\*|\*/", script)
    lines = script.splitlines()
    data = lines[lines.index("clear") + 2 : lines.index("end")]
    assert len(data) == len(NAMES)
    for line, yi, vi in zip(data, YI, VI, strict=True):
        name, numbers = re.fullmatch(r'"([^"]+)" (.+)', line).groups()
        assert "'" not in name
        assert [float(x) for x in numbers.split()] == [yi, vi**0.5]
    assert not any(line.startswith("!") for line in lines)
    width = int(re.search(r"input str(\d+)", script)[1])
    assert width == max(len(line.split('"')[1].encode()) for line in data)


def test_variable_names_of_stata_differ():
    headings = ["age (years)", "age [years]", "Age years", "platform: SMS", "x" * 60, "x" * 61]
    names = list(text.stata_names(headings).values())
    assert len({name.lower() for name in names}) == len(headings)
    assert all(re.fullmatch(r"[a-zA-Z_]\w{0,31}", name) for name in names)
