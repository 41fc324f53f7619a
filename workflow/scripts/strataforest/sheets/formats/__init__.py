"""One module per file format: from bytes to cells, within limits and without running anything."""
