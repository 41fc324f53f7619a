"""The tables of a paper: each a definition, from the csv tables and the fits to finished text."""
