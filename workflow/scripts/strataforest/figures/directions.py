"""Which side of the null line is good, and which effects are drawn as ratios."""

from strataforest.models import RATIO_MEASURES

FAVOURS = ("Favours control", "Favours intervention")
RATIOS = RATIO_MEASURES


def sides(favourable: str) -> tuple[str, str]:
    """Return the labels left and right of the null line; `favourable` is the sign that is good."""
    return FAVOURS if favourable == "positive" else (FAVOURS[1], FAVOURS[0])
