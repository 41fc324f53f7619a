"""Fits in files: one of a stratum, or many of a job, read back alike."""

import json

import numpy as np
import pytest
from strataforest.errors import ReviewError
from strataforest.fit_files import fit_in, fit_place, fits_in, write_fits
from strataforest.tabular import write_json

FITS = [
    {
        "analysis": "domain",
        "stratum": name,
        "k": k,
        "pooled": {"estimate": np.float64(0.1) + k, "df": np.inf, "pi_low": np.nan},
        "studies": {"yi": np.arange(k) / 3, "label": ["Ünal, \u201cA\u201d"] * k},
    }
    for name, k in (("glycemic", 3), ("knowledge", 4), ("behavior", 5))
]


def test_many_fits_in_one_file_read_as_each_in_its_own(tmp_path):
    write_fits(tmp_path / "part_0001.jsonl", FITS)
    for fit in FITS:
        write_json(tmp_path / f"{fit['stratum']}.json", fit)
    own = list(fits_in([tmp_path / f"{fit['stratum']}.json" for fit in FITS]))
    assert list(fits_in([tmp_path / "part_0001.jsonl"])) == own
    for fit in own:
        names = (fit["analysis"], fit["stratum"])
        assert fit_in(tmp_path / "part_0001.jsonl", *names) == fit
        assert fit_in(tmp_path / f"{fit['stratum']}.json", *names) == fit


def test_the_bytes_do_not_hang_on_the_order_of_keys(tmp_path):
    turned = [dict(reversed(fit.items())) for fit in FITS]
    write_fits(tmp_path / "a.jsonl", FITS)
    write_fits(tmp_path / "b.jsonl", turned)
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


def test_a_fit_that_fails_leaves_no_half_file(tmp_path):
    def some():
        yield FITS[0]
        raise ValueError("not a number")

    write_fits(tmp_path / "part_0001.jsonl", FITS)
    before = (tmp_path / "part_0001.jsonl").read_bytes()
    with pytest.raises(ValueError, match="not a number"):
        write_fits(tmp_path / "part_0001.jsonl", some())
    assert (tmp_path / "part_0001.jsonl").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["part_0001.jsonl"]


def test_what_is_missing_or_damaged_is_told(tmp_path):
    path = tmp_path / "part_0001.jsonl"
    write_fits(path, FITS)
    with pytest.raises(ReviewError, match=r"part_0001\.jsonl"):
        fit_in(path, "domain", "attitude")
    path.write_text(path.read_text("utf-8")[:-20], encoding="utf-8")
    assert fit_in(path, "domain", "glycemic")["k"] == 3
    with pytest.raises(ReviewError, match=r"part_0001\.jsonl: the file is damaged"):
        fit_in(path, "domain", "behavior")
    with pytest.raises(ReviewError, match="damaged"):
        list(fits_in([path]))


def test_a_fit_is_found_in_a_results_folder(tmp_path):
    folder = tmp_path / "fits" / "domain"
    folder.mkdir(parents=True)
    write_fits(folder / "part_0001.jsonl", FITS[:2])
    write_fits(folder / "part_0002.jsonl", FITS[2:])
    assert fit_place(tmp_path, "domain", "behavior") == folder / "part_0002.jsonl"
    assert fit_place(tmp_path, "domain", "attitude") is None
    assert fit_place(tmp_path, "platform", "behavior") is None
    (folder / "attitude.json").write_text(json.dumps({}))
    assert fit_place(tmp_path, "domain", "attitude") == folder / "attitude.json"
