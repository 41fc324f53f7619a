"""What no stratum stands behind any more, and is taken away for that."""

import math
import shutil
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from strataforest.names import slug
from strataforest.strata.grouping import Stratum

# Folders of figures that belong to no stratum.
OTHER_FIGURES = frozenset({"meta_regression", "overview", "prisma", "risk_of_bias", "subgroups"})


def remove_stale(
    results: Path,
    strata: Sequence[Stratum],
    analyses: Sequence[str],
    gosh: bool,
    absent: Sequence[str] = (),
    per_job: int = 1,
) -> None:
    """Remove what no stratum stands behind any more; a stale figure would be read as a result.

    That is the fits, figures and exports of strata that are gone or no longer pooled, everything of
    analyses that the config no longer names, all subsets (GOSH) where they are not asked for, and
    the folders of figures that are `absent`, for no sheet has anything to show in them. A job pools
    `per_job` strata.
    """
    for folder in absent:
        shutil.rmtree(results / "figures" / folder, ignore_errors=True)
    # Where figures of all subsets stood once.
    shutil.rmtree(results / "figures" / "gosh", ignore_errors=True)
    if not gosh:
        shutil.rmtree(results / "gosh", ignore_errors=True)
        (results / "tables" / "gosh.csv").unlink(missing_ok=True)
    pooled = {(s.analysis, s.stratum) for s in strata if s.status == "pooled"}
    # A domain's subgroups are drawn under the domain's own name.
    split = {
        (s.analysis, slug(s.groups["domain"]))
        for s in strata
        if s.status == "pooled" and "domain" in s.groups
    }
    stale = [
        *_stale_fits(results, pooled, per_job),
        *_stale_exports(results / "exports", pooled),
        *(
            figures
            for figures in results.glob("figures/*/*")
            if figures.parent.name not in OTHER_FIGURES
            and (figures.parent.name, figures.name) not in pooled
        ),
        *(f for f in results.glob("gosh/*/*.json") if (f.parent.name, f.stem) not in pooled),
        *(f for f in results.glob("figures/subgroups/*/*") if (f.parent.name, f.stem) not in split),
        *(f for f in results.glob("strata/*/") if f.name not in analyses),
        *(f for f in results.glob("covariates/*/") if f.name not in analyses),
        *(f for f in results.glob("by_preset/*/") if f.name not in analyses),
        *(f for f in results.glob("figures/overview/*") if f.stem not in analyses),
        *(
            table
            for table in results.glob("tables/table2_*")
            if table.stem.removeprefix("table2_") not in analyses
        ),
    ]
    for path in stale:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    folders = ("fits/*/", "gosh/*/", "figures/subgroups/*/", "figures/*/", "exports/metafor/*/")
    for folder in (found for pattern in folders for found in results.glob(pattern)):
        if not any(folder.iterdir()):
            folder.rmdir()


def _stale_fits(results: Path, pooled: Collection[tuple[str, str]], per_job: int) -> Iterator[Path]:
    """Yield the files of fits that no job makes any more: of a stratum, or of `per_job` strata."""
    counts = Counter(analysis for analysis, _ in pooled)
    for file in results.glob("fits/*/*.json"):
        if per_job > 1 or (file.parent.name, file.stem) not in pooled:
            yield file
    for file in results.glob("fits/*/part_*.jsonl"):
        number = file.stem.removeprefix("part_")
        before = (int(number) - 1) * per_job if number.isdecimal() else math.inf
        if per_job == 1 or before >= counts[file.parent.name]:
            yield file


def _stale_exports(exports: Path, pooled: Collection[tuple[str, str]]) -> Iterator[Path]:
    """Yield what was exported of strata that are no longer pooled, with the files that name them.

    A file of several strata goes as a whole: it is made anew when exports are asked for again.
    """
    scripts = exports.glob("metafor/*/*.R")
    gone = [file for file in scripts if (file.parent.name, file.stem) not in pooled]
    for file in gone:
        yield from (file, file.with_suffix(".csv"))
    if gone:
        analyses = {file.parent.name for file in gone}
        shared = [exports / "metafor" / "all.R", exports / "revman" / "data_rows.csv"]
        shared += [exports / "stata" / f"{analysis}.do" for analysis in sorted(analyses)]
        yield from (file for file in shared if file.is_file())
