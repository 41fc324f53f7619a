"""Compare two extractions: what differs, what it would move, how well they agree."""

import json

from strataforest.effects.multi_arm import MultiArm
from strataforest.errors import step
from strataforest.extraction import agreement, tables
from strataforest.extraction.adjudication import adjudicate
from strataforest.extraction.consequences import consequences
from strataforest.extraction.second import second_columns, second_rows
from strataforest.extraction.what_if import Method, Review
from strataforest.extraction.workbook import write_workbook
from strataforest.models import Conversions
from strataforest.presets import resolve
from strataforest.sheets.harmonize import read_sheets_of_kind
from strataforest.strata import stratification
from strataforest.strata.grouping import Analysis
from strataforest.tabular import read_rows, write_rows


def main(specs, double, named, review, output):
    """Write the discrepancies with their consequences, and the agreement by field."""
    domains = review.method.domains
    sheets = {kind: read_sheets_of_kind(kind, specs[kind], domains) for kind in specs}
    extraction = adjudicate(sheets, double, named, domains)
    found = consequences(review, extraction.discrepancies)
    level = review.method.pooling.level
    listed = list(tables.discrepancy_rows(found))
    by_stratum = list(tables.stratum_rows(found))
    agreeing = list(agreement.agreement_rows(extraction.comparisons, double["tolerance"], level))
    write_rows(output.discrepancies, tables.DISCREPANCY_COLUMNS, listed)
    write_rows(output.by_stratum, tables.STRATUM_COLUMNS, by_stratum)
    write_rows(output.agreement, agreement.COLUMNS, agreeing)
    second = extraction.second
    rows = second_rows(second, extraction.comparisons)
    write_rows(output.second, second_columns(second), rows)
    write_rows(output.decisions, extraction.decisions.columns, extraction.decisions.rows)
    write_workbook(output.workbook, listed, by_stratum, agreeing)


if __name__ == "__main__":
    with step(snakemake.log[0]):
        params = snakemake.params
        preset = resolve(params.preset, json.loads(params.effect_size), json.loads(params.pooling))
        conversions = json.loads(params.conversions)
        del conversions["change_correlation_sensitivity"]
        analyses = json.loads(params.analyses)
        main(
            specs=json.loads(params.sheets),
            double=json.loads(params.double),
            named=params.named,
            review=Review(
                records=read_rows(snakemake.input.records, key="study_id"),
                studies=read_rows(snakemake.input.studies, key="study_id"),
                method=Method(
                    domains=json.loads(params.domains),
                    indicators=json.loads(params.indicators),
                    effect_size=preset.effect_size,
                    conversions=Conversions(**conversions),
                    arms=MultiArm(**json.loads(params.multi_arm)),
                    selection=stratification.selection_rule(json.loads(params.selection)),
                    analyses=[
                        Analysis(name, tuple(a["by"]), a.get("type", ""), a["across_domains"])
                        for name, a in analyses.items()
                    ],
                    min_effects=params.min_effects,
                    pooling=preset.pooling,
                ),
            ),
            output=snakemake.output,
        )
