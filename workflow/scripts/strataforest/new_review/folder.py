"""Lay out the folder of a new review."""

from pathlib import Path

import yaml

from strataforest.errors import Problem, ReviewError
from strataforest.folders import check_empty
from strataforest.new_review.examples import EXAMPLE_ROWS
from strataforest.sheets.template_workbook import write_template
from strataforest.tabular import write_text

CONFIG = Path(__file__).with_name("config.yaml")
README = """\
1. `extraction.xlsx`: replace the three rows that say EXAMPLE, in the tabs `studies` and `outcomes`.
2. `config.yaml`: the title, your domains and indicators; a comment stands above every key.
   Enter a new domain in the workbook's tab `Lists` too, or end the command of 3 with
   `extraction_template`: that makes an empty workbook, `results/extraction/template.xlsx`.
3. Run: `snakemake -s STRATAFOREST/Snakefile -d . --configfile config.yaml --cores 4`
4. Read: `results/report/index.html`; a mistake in a sheet is named on the terminal by its cell.
5. After a correction run it again: only what the cell touches is made anew.
"""


def new_review(folder: Path) -> list[Path]:
    """Write config.yaml, extraction.xlsx and README.md into a new or empty folder; return them.

    The workbook is that of rule extraction_template for this configuration, with three example
    rows in each of the tabs studies and outcomes.

    Raises ReviewError where the folder holds anything or cannot be made.
    """
    check_empty(folder)
    text = CONFIG.read_text(encoding="utf-8")
    config = yaml.safe_load(text)
    grouping = {column for stratum in config["strata"].values() for column in stratum["by"]}
    files = [folder / name for name in ("config.yaml", "extraction.xlsx", "README.md")]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_text(files[0], text)
        write_template(
            files[1],
            title=config["review"]["title"],
            domains=config["domains"],
            indicators=config["indicators"],
            named=sorted(grouping),
            rows=EXAMPLE_ROWS,
        )
        write_text(files[2], README)
    except OSError as error:
        words = (str(error.filename or folder), "", "", error.strerror or str(error))
        raise ReviewError([Problem("error", *words, rule="refused_by_system")]) from None
    return files
