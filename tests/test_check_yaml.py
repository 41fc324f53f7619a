"""The line in which a configuration is no YAML, and how to mend it."""

import pytest
from strataforest.cli import main

SLIPS = {
    "a: 1\nlabel: Exercise: type\n": ("line 2: 'label: Exercise: type'", "holds a colon in quotes"),
    'title: x\nb: "c\nd: 3\n': ("line 2: 'b: \"c'", "close the quote"),
    "a:\n\tb: 1\n": ("line 2: 'b: 1'", "indent by spaces"),
    "columns:\n  study_id Author\n  n: 3\n": ("line 3: 'n: 3'", "end the key of the line before"),
    "a:\n  b: {x: 1}\n   c: {x: 1}\n": ("line 3: 'c: {x: 1}'", "indent it as its neighbours"),
    "a: [1, 2\nb: 3\n": ("line 2: 'b: 3'", "compare it with the lines around it"),
}


@pytest.mark.parametrize("text", SLIPS)
def test_the_line_is_named(text, tmp_path, capsys):
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
    assert main(["check-yaml", str(tmp_path / "config.yaml")]) == 1
    said = capsys.readouterr().err
    line, mend = SLIPS[text]
    assert f"config.yaml: {line} is no YAML: " in said
    assert mend in said


def test_what_cannot_be_read_is_said_and_what_is_yaml(tmp_path, capsys):
    assert main(["check-yaml", str(tmp_path / "none.yaml")]) == 1
    assert "none.yaml: No such file or directory" in capsys.readouterr().err
    (tmp_path / "latin.yaml").write_bytes(b"a: \xe4\n")
    assert main(["check-yaml", str(tmp_path / "latin.yaml")]) == 1
    assert "save it as UTF-8" in capsys.readouterr().err
    (tmp_path / "good.yaml").write_text("a: 1\n", encoding="utf-8")
    assert main(["check-yaml", str(tmp_path / "good.yaml")]) == 0
