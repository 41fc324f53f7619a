"""A corpus of any size as one review: seeded trials with means and SDs, strata of a given size."""

import csv
from pathlib import Path

import numpy as np
import yaml

COLUMNS = (
    *("study_id", "domain", "indicator", "timepoint_weeks", "n_treat", "mean_treat", "sd_treat"),
    *("n_control", "mean_control", "sd_control"),
)


def write_corpus(folder: Path, strata: int, studies: int, seed: int = 1, **config) -> None:
    """Write sheets and configuration of a review of `strata` strata, `studies` trials in each.

    Every trial has a stratum of its own and gives one effect: SMDs around a mean of their stratum,
    with a spread between trials of their own. `config` adds to the configuration.
    """
    draw = np.random.default_rng(seed)
    total = strata * studies
    stratum = np.repeat(np.arange(strata), studies)
    centre, spread = draw.normal(0.3, 0.3, strata), draw.gamma(2.0, 0.1, strata)
    true = centre[stratum] + spread[stratum] * draw.normal(size=total)
    people = draw.integers(15, 200, total) + draw.integers(0, 4, (2, total))
    sd = 10 * np.sqrt(draw.chisquare(people - 1) / (people - 1))
    noise = draw.normal(size=(2, total)) * 10 / np.sqrt(people)
    mean = np.stack([50 + 10 * true, np.full(total, 50.0)]) + noise
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"T{i:06d}" for i in range(total)]
    with (folder / "studies.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("study_id", "year", "topic"))
        years = draw.integers(1990, 2026, total)
        writer.writerows(zip(names, years, (f"topic {i:05d}" for i in stratum), strict=True))
    with (folder / "outcomes.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for i, name in enumerate(names):
            arms = [(people[a, i], f"{mean[a, i]:.2f}", f"{sd[a, i]:.2f}") for a in (0, 1)]
            writer.writerow((name, "outcome", "score", 12, *arms[0], *arms[1]))
    settings = {
        "review": {"title": f"A corpus of {strata} strata"},
        "sheets": {"studies": {"path": "studies.csv"}, "outcomes": {"path": "outcomes.csv"}},
        "domains": {"outcome": {"label": "Outcome", "type": "continuous"}},
        "indicators": {"score": {"higher_is_better": True}},
        "strata": {"topic": {"by": ["topic"], "across_domains": True}},
        "preset": "metafor",
        "meta_regression": [],
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(settings | config, sort_keys=False))
