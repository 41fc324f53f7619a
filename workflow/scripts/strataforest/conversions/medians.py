"""Mean and SD from a median with its quartiles, its range or both; numpy arrays in and out.

The scenarios of the sources: S1 minimum, median, maximum; S2 quartiles and median; S3 all five.
Missing numbers are NaN; an arm whose numbers fit no scenario, or are out of order, gives NaN.
Only the formulas of `five_numbers` are quick to load; `fitted_quantiles` starts its optimiser when
a row needs it.
"""

from dataclasses import dataclass

import numpy as np

from strataforest.conversions import fitted_quantiles, five_numbers

METHODS = ("wan", "luo", "shi", "qe", "bc")


@dataclass(frozen=True)
class MeanSd:
    """Estimated means and SDs, in the outcome's unit; NaN where there is no estimate."""

    mean: np.ndarray
    sd: np.ndarray


def mean_sd(method, low, q1, median, q3, high, n) -> MeanSd:
    """Return the mean and SD behind five-number summaries (low and high: minimum and maximum).

    - wan: mean and SD of Wan et al. 2014, BMC Med Res Methodol 14:135;
    - luo: mean of Luo et al. 2018, Stat Methods Med Res 27:1785-1805, SD of Wan;
    - shi: as luo; under S3 the SD of Shi et al. 2020, Res Synth Methods 11:641-654;
    - qe, bc: quantile estimation and Box-Cox of McGrath et al. 2020, see `fitted_quantiles`.

    The first three assume a normal distribution (see `five_numbers.is_skewed`).
    Raises ValueError for another method.
    """
    if method not in METHODS:
        raise ValueError(f"method '{method}': expected one of {', '.join(METHODS)}")
    summary = five_numbers.usable(low, q1, median, q3, high, n)
    if method == "qe":
        return MeanSd(*fitted_quantiles.quantile_estimation(*summary))
    if method == "bc":
        return MeanSd(*fitted_quantiles.box_cox(*summary))
    mean = (five_numbers.wan_mean if method == "wan" else five_numbers.luo_mean)(*summary)
    sd = (five_numbers.shi_sd if method == "shi" else five_numbers.wan_sd)(*summary)
    return MeanSd(mean, sd)
