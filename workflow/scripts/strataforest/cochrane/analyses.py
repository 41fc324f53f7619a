"""From data rows to the domains of a review: one per analysis, no trial twice in one."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from strataforest.cochrane.reading import DataRow
from strataforest.names import slug


@dataclass(frozen=True)
class Analysis:
    """An analysis as a domain: its name in files, what readers call it, its rows.

    `study_ids` are unlike each other: a study that stands several times has its subgroup, or
    its row, behind its name. `repeated` says of how many rows that is so.
    """

    domain: str
    label: str
    rows: tuple[DataRow, ...]
    study_ids: tuple[str, ...]
    repeated: int


def analyses(rows: Sequence[DataRow]) -> list[Analysis]:
    """Return the analyses in the order of the file.

    Rows that count for a subgroup only (Applicability SUBGROUP) have no total: each such subgroup
    is an analysis of its own.
    """
    groups: dict[tuple[str, ...], list[DataRow]] = {}
    for row in rows:
        texts = row.texts
        number = (texts["Analysis group"] or "1", texts["Analysis number"])
        is_part = texts["Applicability"].upper() == "SUBGROUP"
        part = (texts["Subgroup number"] or texts["Subgroup"],) if is_part else ()
        groups.setdefault((*number, *part), []).append(row)
    names = Counter("_".join(["analysis", *map(slug, key)]) for key in groups)
    found = []
    for place, (key, own) in enumerate(groups.items(), 1):
        name = "_".join(["analysis", *map(slug, key)])
        # Two numbers that are one in the names of files get their place as well.
        found.append(_analysis(name if names[name] == 1 else f"{name}_p{place}", key, own))
    return found


def _analysis(domain: str, key: tuple[str, ...], rows: list[DataRow]) -> Analysis:
    texts = rows[0].texts
    label = f"{key[0]}.{key[1]} {texts['Analysis name']}"
    if len(key) == 3:
        label += f": {texts['Subgroup'] or texts['Subgroup number']}"
    times = Counter(row.texts["Study"] for row in rows)
    return Analysis(
        domain,
        label,
        tuple(rows),
        tuple(_told_apart(rows)),
        sum(count for count in times.values() if count > 1),
    )


def _told_apart(rows: Sequence[DataRow]) -> Iterator[str]:
    names = Counter(row.texts["Study"] for row in rows)
    within = Counter((row.texts["Study"], row.texts["Subgroup"]) for row in rows)
    for row in rows:
        study, subgroup = row.texts["Study"], row.texts["Subgroup"]
        if names[study] == 1:
            yield study
        elif subgroup and within[study, subgroup] == 1:
            yield f"{study} [{subgroup}]"
        else:
            yield f"{study} [row {row.row}]"
