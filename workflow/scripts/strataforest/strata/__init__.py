"""Which selected effects are pooled together, and the files that hold them."""
