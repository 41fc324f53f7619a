"""Two extractors who read the same trials: where they differ, what it moves, what is decided."""
