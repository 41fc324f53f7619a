"""Meta-analysis from extraction sheets: functions on arrays and rows, nothing of Snakemake."""

__version__ = "0.1.0"
