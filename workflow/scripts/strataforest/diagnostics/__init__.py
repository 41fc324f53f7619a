"""Which studies carry a result: deletion diagnostics, subsets, time."""
