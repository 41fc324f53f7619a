"""The columns of a sheet of published numbers: a row per printed thing, its digits as printed."""

from strataforest.presets import PRESETS
from strataforest.sheets.column import Column

MEASURES = ("SMD", "MD", "ROM", "RR", "OR", "RD", "PETO", "logRR", "logOR")
YES_NO = ("yes", "no")

PUBLISHED = (
    Column("analysis", "text", "the analysis, as `strata` of the config names it"),
    Column("domain", "text", "outcome domain; empty = across domains"),
    Column("platform", "text", "platform; other groupings have columns of their own"),
    Column("measure", "choice", "RR and OR are ratios; logRR, logOR and ROM are logs", MEASURES),
    Column("k", "count", "effects that were pooled"),
    Column("n_studies", "count", "studies that were pooled"),
    Column("n_participants", "count", "participants"),
    Column("estimate", "printed", "pooled effect"),
    Column("se", "printed", "its standard error (of a ratio: of its log)"),
    Column("ci_low", "printed", "lower limit of its confidence interval"),
    Column("ci_high", "printed", "upper limit of its confidence interval"),
    Column("statistic", "printed", "its z or t"),
    Column("p_value", "printed_p", "its two-sided p (0.03, 0.000), or a bound (<0.001)"),
    Column("tau2", "printed", "variance between studies"),
    Column("tau", "printed", "its root"),
    Column("i2", "printed", "I² in percent"),
    Column("h2", "printed", "H²"),
    Column("q", "printed", "Cochran's Q"),
    Column("q_df", "count", "its degrees of freedom"),
    Column("q_p", "printed_p", "its p"),
    Column("pi_low", "printed", "lower limit of the prediction interval"),
    Column("pi_high", "printed", "upper limit of the prediction interval"),
    Column("r2", "printed", "R² of a meta-regression in percent"),
    Column("loo_min", "printed", "smallest pooled effect with one trial left out"),
    Column("loo_max", "printed", "largest pooled effect with one trial left out"),
    Column("loo_max_change", "printed", "largest change of the pooled effect by leaving one out"),
    Column("loo_measure", "choice", "measure of these three; empty = the row's", MEASURES),
    Column("loo_reversal", "choice", "whether the text says that the direction turns", YES_NO),
    Column("level", "fraction", "confidence level of the intervals; empty = 0.95"),
    Column("preset", "choice", "program that computed it; empty = unknown", tuple(PRESETS)),
    Column(
        "positive_favours",
        "choice",
        "which arm a positive effect favours, as the paper states it",
        ("treat", "control"),
    ),
    Column("favourable", "choice", "whether the text calls the result an improvement", YES_NO),
    Column("quantity", "text", "what `value` counts: a stage of the flow, or a judgement of bias"),
    Column("value", "count", "how many"),
    Column("of", "count", "out of how many"),
    Column("percent", "printed", "the percentage as printed"),
    Column("reason", "text", "why they left, for an exclusion of the flow"),
    Column("decimals", "count", "decimals printed, where a spreadsheet has dropped last zeros"),
    Column("source", "text", "page, table or section"),
    Column("locator", "text", "place in the source"),
    Column("note", "text", "what the reader noticed"),
)
