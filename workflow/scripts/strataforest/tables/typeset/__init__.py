"""From the definition of a table to its files: html, LaTeX and Word."""
