"""The page of the audit: which printed numbers hold, and which do not."""
