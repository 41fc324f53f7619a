"""Several effects per trial: robust tests and a working model."""
