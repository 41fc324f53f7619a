"""The audit of printed numbers: which cannot be as printed, and which hold."""
