"""LibreOffice opens what Word people get, and every name is on its pages."""

import shutil
import subprocess

import pytest
from strataforest.tables.typeset.word import write_docx
from table_examples import plain_table, rows_of

pytestmark = pytest.mark.skipif(
    not (shutil.which("soffice") and shutil.which("pdftotext")), reason="needs LibreOffice"
)


def test_the_manuscript_opens(tmp_path):
    tables = [plain_table(rows_of(k), groups=k > 1, spanner="Both") for k in (1, 60)]
    write_docx(tmp_path / "x.docx", "x", tables, ["# Results", "## Mood", "Sixteen trials."])
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"]
    command += ["--convert-to", "pdf", "--outdir", str(tmp_path), str(tmp_path / "x.docx")]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    command = ["pdftotext", "-layout", str(tmp_path / "x.pdf"), "-"]
    text = subprocess.run(command, check=True, capture_output=True, timeout=60).stdout.decode()
    pages = text.split("\f")
    assert "Sixteen trials." in pages[0]
    assert "<script>alert(1)" in text
    # The heading stands on each page of the long table.
    long = [page for page in pages[2:] if "Trial" in page and "1." in page]
    assert len(long) >= 2
    assert all("A rather long heading" in page for page in long)
    assert "Trial47" in text
