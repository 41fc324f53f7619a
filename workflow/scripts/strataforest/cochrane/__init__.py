"""Cochrane's "data rows": the file in which the Cochrane Library gives a review's analyses."""
