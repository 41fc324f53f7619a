"""Carry the figures that the tests use out of the oracle folder: python carry.py <oracle folder>.

Writes one compact JSON file per data set beside this script; README.md says what is in them.
"""

import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
FIT = "method test b se zval pval ci_lb ci_ub df tau2 se_tau2 I2 H2 QE QE_df QEp pi ll AIC BIC AICc"
Q_PROFILE = "tau2_lb tau2_ub I2_lb I2_ub H2_lb H2_ub null_set"
GLOBAL = "tau2 b se local_maxima_tau2 local_maxima_ll metafor_is_global"
LEFT_OUT = "method test estimate se pval ci_lb ci_ub Q Qp tau2 I2"
# Every analysis of this one: its second (MD) is real data with two likelihood maxima.
ALL_ANALYSES = {"gibson2002"}


def pick(source: dict, keys: str) -> dict:
    """The given space-separated keys that the source has, in the given order."""
    return {key: source[key] for key in keys.split() if key in source}


def trim_analysis(analysis: dict) -> dict:
    """One analysis, without what no test reads."""
    trimmed = pick(analysis, "measure k yi vi")
    trimmed["fits"] = [pick(fit, FIT) for fit in analysis["fits"]]
    if "confint" in analysis:
        trimmed["q_profile"] = pick(analysis["confint"]["QP"], Q_PROFILE)
    if "reml_global" in analysis:
        trimmed["reml_global"] = pick(analysis["reml_global"], GLOBAL)
    blocks = [b for b in analysis.get("leave1out", []) if b["method"] == "REML"]
    if blocks:
        trimmed["leave1out"] = [pick(block, LEFT_OUT) for block in blocks]
    return trimmed


def program(oracle: dict) -> str:
    """The program and version that made a data set's figures."""
    made_with = oracle["made_with"]
    r = re.search(r"R version ([\d.]+)", made_with)[1]
    metafor = re.search(r"metafor (\d+\.\d+)[.-](\d+)", made_with)
    return f"metafor {metafor[1]}-{metafor[2]}, R {r}"


def trim(oracle: dict) -> dict:
    """One data set: its first analysis, or all."""
    analyses = oracle["analyses"]
    if oracle["dataset"] not in ALL_ANALYSES:
        analyses = analyses[:1]
    return {
        "dataset": oracle["dataset"],
        "program": program(oracle),
        "analyses": [trim_analysis(analysis) for analysis in analyses],
    }


def main(folder: Path) -> None:
    """Write every data set of the folder."""
    for path in sorted(folder.glob("*.json")):
        trimmed = trim(json.loads(path.read_text(encoding="utf-8")))
        text = json.dumps(trimmed, separators=(",", ":"), ensure_ascii=False)
        (HERE / path.name).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
