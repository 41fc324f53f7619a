"""Harmful sheets and configurations, through real Snakemake: a message, never a traceback."""

from xml.etree import ElementTree

import pytest
from conftest import CONFIG, OUTCOMES

SECRET = "the-secret-of-another-folder"
SHELL = "$(touch pwned); `touch pwned`; {input} {wildcards.x} %(x)s ../../pwned"
SPOOF = "six\x1b[2J\rERROR  outcomes.csv A1: nothing to see\nERROR  studies.csv A1: or here"


def outcomes(**spec):
    """Return the configuration with the sheet of outcomes declared otherwise."""
    sheet = {"path": "outcomes.csv"} | spec
    return CONFIG | {"sheets": CONFIG["sheets"] | {"outcomes": sheet}}


def quoted(text):
    return '"' + text.replace('"', '""') + '"'


def edit(review, old, new):
    review.replace("outcomes.csv", old, new)


def write_bytes(review, content):
    (review.folder / "outcomes.csv").write_bytes(content)


# name: (what is done to the review, what the message says)
CASES = {
    "a formula": (lambda r: edit(r, "40,7.1,1.1", "40,=cmd|' /C calc'!A0,1.1"), "G2: mean_treat"),
    "a spoofed message": (lambda r: edit(r, "40,7.1,1.1", f"40,{quoted(SPOOF)},1.1"), "G2: mean"),
    "a million rows": (lambda r: write_bytes(r, OUTCOMES.encode() + b"a,b,c\n" * 10**6), "larger"),
    "an archive cut off": (lambda r: write_bytes(r, b"PK\x03\x04" + bytes(400)), "outcomes.csv"),
    "a program": (lambda r: write_bytes(r, b"\x7fELF" + bytes(range(256)) * 9), "outcomes.csv"),
    "an odd encoding": (lambda r: r.configure(outcomes(encoding="idna")), "encoding"),
    "a way out": (lambda r: r.configure(outcomes(path="../secret.csv")), "leaves the review"),
    "an absolute path": (lambda r: r.configure(outcomes(path="/etc/passwd")), "leaves the review"),
    "a folder": (lambda r: r.configure(outcomes(path=".")), "is a folder"),
    "a pattern as path": (lambda r: r.configure(outcomes(path="{x}.csv")), "leaves the review"),
    "an odd map": (
        lambda r: r.configure(outcomes(columns={"n_treat": "{input}"})),
        "no column is headed '{input}'",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_refusal(review, name):
    harm, words = CASES[name]
    (review.folder.parent / "secret.csv").write_text(f"{SECRET}\n")
    harm(review)
    run = review.run()
    assert run.status == 1
    assert words in run.output
    assert "Traceback" not in run.output
    assert SECRET not in run.output
    assert "\x1b[2J" not in run.output
    # A message of a cell's own making would begin a line.
    spoofed = [line for line in run.output.splitlines() if line.endswith(("to see", "or here"))]
    assert all("mean_treat" in line for line in spoofed)
    assert not (review.folder / "results" / "effects").exists()


def test_a_link_out_of_the_folder(review):
    outside = review.folder.parent / "secret.csv"
    outside.write_text(f"study_id,domain,indicator\n{SECRET},glycemic,hba1c\n")
    (review.folder / "outcomes.csv").unlink()
    (review.folder / "outcomes.csv").symlink_to(outside)
    run = review.run()
    assert run.status == 1
    assert "Traceback" not in run.output
    assert SECRET not in run.output


def test_names_are_never_run(review):
    names = {"Ash2019": SHELL, "Birch2020": "=cmd|x $\\frac{$ \x0b<script>alert(1)</script>"}
    for file in ("studies", "outcomes"):
        text = (review.folder / f"{file}.csv").read_text()
        for plain, odd in names.items():
            text = text.replace(plain, quoted(odd))
        review.write(f"{file}.csv", text.replace("hba1c", "{hba1c}"))
    review.replace("studies.csv", "2021,Chat,Chat", "2021,../../pwned,../../pwned")
    config = outcomes(columns={"{input}": "note"}, constants={"source": SHELL})
    config["indicators"] = CONFIG["indicators"] | {"{hba1c}": {"higher_is_better": False}}
    review.configure(config | {"review": {"title": "What {title} says"}})
    review.built()
    studies = {row["study_id"] for row in review.rows("effects/effects.csv")}
    assert {SHELL, f"'{names['Birch2020']}"} <= studies
    assert not [p for p in review.folder.parent.rglob("pwned*") if p.parent == review.folder]
    assert not (review.folder.parent / "pwned").exists()
    for figure in (review.folder / "results").rglob("*.svg"):
        ElementTree.parse(figure)
    for page in (review.folder / "results").rglob("*.html"):
        assert "<script>alert" not in page.read_text(encoding="utf-8")
