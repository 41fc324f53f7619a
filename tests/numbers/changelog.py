"""What CHANGELOG.md must say of numbers, version by version."""

import re

VERSION = re.compile(r"^## (\S+) - (unreleased|\d{4}-\d{2}-\d{2})$")
DIGEST = re.compile(r"^Default review: `([0-9a-f]{12})`\.")
HEADER = ["results", "by how much", "why", "command that shows it"]
NOTHING = "No result differs from those of"
FIRST = "The first version"


def sections(text):
    """Return (version, date, the text under Numbers or None) of every version, newest first."""
    found = []
    for part in re.split(r"^(?=## )", text, flags=re.MULTILINE)[1:]:
        heading, _, body = part.partition("\n")
        match = VERSION.match(heading)
        assert match, f"'{heading}': expected ## 1.2.3 - 2026-12-31 or - unreleased"
        numbers = re.search(r"^### Numbers\n(.*?)(?=^### |\Z)", body, re.MULTILINE | re.DOTALL)
        found.append((match[1], match[2], numbers and numbers[1].strip()))
    return found


def digest_in(numbers):
    """Return the digest that a section of numbers gives, or None."""
    match = DIGEST.match(numbers)
    return match and match[1]


def entries(numbers):
    """Return the rows of a section's table, each a list of cells, without its heading."""
    lines = [line for line in numbers.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert not rows or rows[0] == HEADER, f"expected a table headed {HEADER}"
    return rows[2:]


def mistakes(text):
    """Return what is wrong with a changelog, as text; its newest version comes first."""
    found = []
    versions = sections(text)
    for i, (version, date, numbers) in enumerate(versions):
        before = versions[i + 1] if i + 1 < len(versions) else None
        if date == "unreleased" and i:
            found.append(f"{version}: only the newest version may be unreleased")
        if before and _order(version) <= _order(before[0]):
            found.append(f"{version}: it stands above {before[0]}, which is not older")
        if not numbers or not digest_in(numbers):
            found.append(f"{version}: no heading Numbers with the digest of the default review")
            continue
        found += [f"{version}: {wrong}" for wrong in _wrong_entries(numbers, before)]
    return found


def _order(version):
    return tuple(int(part) for part in version.split("."))


def _wrong_entries(numbers, before):
    rows = entries(numbers)
    for row in rows:
        if len(row) != len(HEADER) or not all(row):
            yield f"an entry is not complete: {row}"
        elif not re.search(r"`(strataforest|snakemake) [^`]+`", row[-1]):
            yield f"no command shows it: {row}"
    if rows:
        return
    if before is None:
        if FIRST not in numbers:
            yield f"neither entries nor '{FIRST}'"
    elif NOTHING not in numbers:
        yield f"neither entries nor '{NOTHING} {before[0]}'"
    elif before[2] and digest_in(before[2]) != digest_in(numbers):
        yield "the default review has other numbers, and no entry says which"
