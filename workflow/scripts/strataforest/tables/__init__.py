"""The tables a review publishes: full precision in csv, formatted once for the paper."""
