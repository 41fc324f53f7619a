"""The headings of a file of data rows, as the Cochrane Library's downloads have them.

An analysis is named by its group (the comparison) and its number. Ratios stand as ratios under
Mean, CI start and CI end, and as logarithms under GIV Mean (generic inverse variance).
"""

COLUMNS = (
    *("Analysis group", "Analysis number", "Analysis name", "Subgroup", "Subgroup number"),
    *("Applicability", "Study", "Study year", "GIV Mean", "GIV SE"),
    *("Experimental mean", "Experimental SD", "Experimental cases", "Experimental N"),
    *("Control mean", "Control SD", "Control cases", "Control N"),
    *("O-E", "Variance", "Weight", "Mean", "CI start", "CI end", "Footnotes"),
)
# Which rows belong to the whole analysis, which to a subgroup of it.
OVERALL = "OVERALL"
