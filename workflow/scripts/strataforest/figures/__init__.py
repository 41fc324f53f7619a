"""Figures of a review, drawn with matplotlib in inches: values in, a Figure out, no files read."""
