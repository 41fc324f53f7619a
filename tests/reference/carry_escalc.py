"""Carry metafor's escalc figures from a folder of oracle files into ./escalc.

usage: python carry_escalc.py <oracle folder>
"""

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent / "escalc"
RAW = ("ai", "n1i", "ci", "n2i", "m1i", "sd1i", "m2i", "sd2i")
MEASURES = {
    "2x2": ("RR", "OR", "RD", "PETO", "OR2DL"),
    "means": ("MD", "SMD", "SMD1", "SMDH", "ROM", "D2ORL", "cohen_d_derived"),
}
# What metafor knows and we do not compute: corrections that depend on the other tables, an average
# coefficient of variation, the unbiased and the average variance of a risk difference.
NOT_OURS = {"to": ("if0all",), "vtype_ROM": ("AV", "AVHO"), "vtype_RD": ("UB", "AV")}


def is_ours(measure, settings):
    """Say whether we compute a measure with these settings."""
    if settings.get("to") in NOT_OURS["to"]:
        return False
    return settings.get("vtype", "LS") not in NOT_OURS.get(f"vtype_{measure}", ())


def carried(oracle):
    """Return, by measure, the entries (settings, yi, vi) that the tests compare."""
    found = oracle.get("escalc", {})
    return {
        measure: [entry for entry in found[measure] if is_ours(measure, entry["settings"])]
        for measure in MEASURES.get(oracle["family"], ())
        if measure in found
    }


def main(folder):
    """Write one file per data set that has such figures."""
    HERE.mkdir(exist_ok=True)
    for path in sorted(Path(folder).glob("*.json")):
        oracle = json.loads(path.read_text(encoding="utf-8"))
        kept = carried(oracle)
        if kept:
            raw = {k: v for k, v in oracle["raw"]["columns"].items() if k in RAW}
            content = {"dataset": oracle["dataset"], "made_with": oracle["made_with"]}
            content |= {"raw": raw, "escalc": kept}
            text = json.dumps(content, separators=(",", ":"))
            (HERE / path.name).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
