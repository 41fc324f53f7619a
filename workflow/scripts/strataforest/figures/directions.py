"""What lies on each side of the null line, and which effects are drawn as ratios."""

from strataforest.directions import NEGATIVE, UNKNOWN
from strataforest.models import RATIO_MEASURES

FAVOURS = ("Favours control", "Favours intervention")
# Of events that nobody calls wanted or unwanted.
COUNTED = ("Fewer with intervention", "More with intervention")
RATIOS = RATIO_MEASURES


def sides(favourable: str) -> tuple[str, str]:
    """Return the labels left and right of the null line; `favourable` is the sign that is good."""
    if favourable == UNKNOWN:
        return COUNTED
    return FAVOURS[::-1] if favourable == NEGATIVE else FAVOURS
