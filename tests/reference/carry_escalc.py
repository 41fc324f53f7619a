"""Carry metafor's escalc figures from a folder of oracle files into ./escalc.

usage: python carry_escalc.py <oracle folder>
"""

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent / "escalc"
RAW = ("ai", "n1i", "ci", "n2i", "m1i", "sd1i", "m2i", "sd2i")


def entry(entries, **settings):
    """Return yi and vi of the entry with these settings."""
    for candidate in entries:
        if all(candidate["settings"].get(k) == v for k, v in settings.items()):
            return {"yi": candidate["yi"], "vi": candidate["vi"]}
    raise KeyError(settings)


def carried(oracle):
    """Return the raw columns and the measures that the tests compare."""
    found = oracle.get("escalc", {})
    kept = {}
    for measure in ("RR", "OR", "RD"):
        if measure in found and oracle["family"] == "2x2":
            kept[measure] = entry(found[measure], add=0.5, to="only0", drop00=False)
    if oracle["family"] == "means" and "SMD" in found:
        kept["SMD"] = {v: entry(found["SMD"], vtype=v) for v in ("LS", "UB", "AV")}
        kept["MD"] = {v: entry(found["MD"], vtype=v) for v in ("LS", "HO")}
        kept["cohen_d_derived"] = {k: found["cohen_d_derived"][0][k] for k in ("yi", "vi")}
    return kept


def main(folder):
    """Write one file per data set that has such figures."""
    HERE.mkdir(exist_ok=True)
    for path in sorted(Path(folder).glob("*.json")):
        oracle = json.loads(path.read_text(encoding="utf-8"))
        kept = carried(oracle)
        if kept:
            raw = {k: v for k, v in oracle["raw"]["columns"].items() if k in RAW or k == "n2i"}
            content = {"dataset": oracle["dataset"], "made_with": oracle["made_with"]}
            content |= {"raw": raw, "escalc": kept}
            text = json.dumps(content, separators=(",", ":"))
            (HERE / path.name).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
