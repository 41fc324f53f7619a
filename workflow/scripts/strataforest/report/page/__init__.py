"""The report: one page; all that it can show is made ready here, nothing in a browser."""
