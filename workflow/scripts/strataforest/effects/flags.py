"""The column `flags` of effects.csv: what was done to an effect, as `name` or `name=value`."""


def flags_in(text: str) -> dict[str, str]:
    """Return the flags of a cell, joined by `;`, with what follows their `=`."""
    return dict(flag.partition("=")[::2] for flag in text.split(";") if flag)
