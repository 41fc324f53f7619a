"""Pooling 2x2 tables without study effects: Mantel-Haenszel, Peto and their tests."""
