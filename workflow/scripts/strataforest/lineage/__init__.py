"""From a published number back to the cells behind it, and from a cell to what it touches."""
