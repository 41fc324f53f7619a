"""Carry the figures of one topic each out of the oracle folder: python carry_topics.py <folder>.

Writes <topic>/<data set>.json beside this script: the inputs of the first analysis and its figures
as they are in the oracle; for mantel_haenszel the counts of all tables. README.md says what they
are.
"""

import json
import sys
from itertools import product
from pathlib import Path

from carry import program

HERE = Path(__file__).parent
INPUTS = ("measure", "k", "yi", "vi", "ni")
TOPICS = {
    "influence": ("influence", "baujat", "cumul"),
    "small_study": ("regtest", "ranktest", "trimfill", "selmodel"),
    "meta_regression": ("metareg", "permutest_sign_flip", "permutest_moderator"),
    "dependence": ("subgroup", "robust"),
}
# Of a metareg's fits: the diagnostics of single studies are computed without moderators only.
DROPPED = ("influence",)
COUNTS = ("ai", "n1i", "ci", "n2i")


def write_mantel_haenszel(oracle: dict, name: str) -> None:
    """Write the counts of 2x2 tables and what they pool to, which belong to no analysis."""
    if "mh_peto" not in oracle:
        return
    columns = oracle["raw"]["columns"]
    head = {"dataset": oracle["dataset"], "program": program(oracle)}
    record = head | {key: columns[key] for key in COUNTS} | {"mh_peto": oracle["mh_peto"]}
    text = json.dumps(record, separators=(",", ":"), ensure_ascii=False)
    (HERE / "mantel_haenszel").mkdir(exist_ok=True)
    (HERE / "mantel_haenszel" / name).write_text(text + "\n", encoding="utf-8")


def main(folder: Path) -> None:
    """Write every topic of every data set that has figures of it."""
    for path in sorted(folder.glob("*.json")):
        oracle = json.loads(path.read_text(encoding="utf-8"))
        write_mantel_haenszel(oracle, path.name)
        analysis = oracle["analyses"][0]
        for topic, keys in TOPICS.items():
            figures = {key: analysis[key] for key in keys if analysis.get(key)}
            if not figures:
                continue
            for model in figures.get("metareg", []):
                for fit, name in product(model["fits"], DROPPED):
                    fit.pop(name, None)
            inputs = {key: analysis[key] for key in INPUTS if key in analysis}
            head = {"dataset": oracle["dataset"], "program": program(oracle)}
            text = json.dumps(head | inputs | figures, separators=(",", ":"), ensure_ascii=False)
            (HERE / topic).mkdir(exist_ok=True)
            (HERE / topic / path.name).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
