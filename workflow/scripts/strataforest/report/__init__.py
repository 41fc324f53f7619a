"""What a reader is told at the end of a run."""
