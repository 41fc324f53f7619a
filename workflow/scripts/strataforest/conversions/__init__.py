"""From what a report prints to means and standard deviations."""
