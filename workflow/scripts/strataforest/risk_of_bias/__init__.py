"""Tools for judging the risk of bias, and what their judgements come to."""
