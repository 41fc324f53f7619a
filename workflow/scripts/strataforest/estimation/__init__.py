"""Estimators and the numerics below them, on padded batches of meta-analyses."""
