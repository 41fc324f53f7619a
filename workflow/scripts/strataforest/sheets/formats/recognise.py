"""What a file is by its bytes, whatever its name says; and what to do about what we do not read."""

from strataforest.errors import ReviewError
from strataforest.sheets.grid import unreadable

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
EMPTY_ZIP = b"PK\x05\x06"
EXPECTED = "XLSX, ODS, CSV or TSV"
# First bytes: (what it is, how to mend it).
OTHERS = (
    (b"%PDF", "is a PDF", "give the sheet that it was made from"),
    (b"\x1f\x8b", "is compressed (gzip)", "unpack it first"),
    (b"BZh", "is compressed (bzip2)", "unpack it first"),
    (b"\xfd7zXZ", "is compressed (xz)", "unpack it first"),
    (b"7z\xbc\xaf", "is a 7z archive", "unpack it first"),
    (b"Rar!", "is a RAR archive", "unpack it first"),
    (b"\x89PNG", "is a picture", "give the sheet itself"),
    (b"\xff\xd8\xff", "is a picture", "give the sheet itself"),
    (b"GIF8", "is a picture", "give the sheet itself"),
    (b"{\\rtf", "is a text document (RTF)", "copy its table into a spreadsheet"),
)
SAVE_AGAIN = "it may be half-written: open it in the spreadsheet program and save it again"
SAVE_AS_XLSX = "open it in the spreadsheet program and save it as XLSX"


def refuse_known(file: str, raw: bytes) -> None:
    """Raise ReviewError for a file of a known kind that is no sheet, or one we do not read."""
    if not raw.strip():
        raise unreadable(file, "the file is empty", EXPECTED, "was it saved completely?")
    for mark, what, mend in OTHERS:
        if raw.startswith(mark):
            raise unreadable(file, what, EXPECTED, mend)
    if raw.startswith(OLE):
        # An encrypted XLSX is a stream of this name inside of an old container.
        if "EncryptedPackage".encode("utf-16-le") in raw:
            raise encrypted(file)
        # calamine would read it, but reads the results of its text formulas as 0.
        raise unreadable(file, "is in an old format (XLS)", EXPECTED, SAVE_AS_XLSX)
    start = raw[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<table")):
        raise unreadable(file, "is a web page", EXPECTED, SAVE_AS_XLSX)
    if start.startswith(b"<?xml"):
        raise unreadable(file, "is an XML file", EXPECTED, SAVE_AS_XLSX)


def unknown_archive(file: str, names: frozenset[str]) -> ReviewError:
    """Return the error of a zip file that is neither XLSX nor ODS."""
    if any(name.endswith("workbook.bin") for name in names):
        return unreadable(file, "is a binary workbook (XLSB)", EXPECTED, SAVE_AS_XLSX)
    if "word/document.xml" in names:
        mend = "copy its table into a spreadsheet"
        return unreadable(file, "is a text document (DOCX)", EXPECTED, mend)
    if any(name.endswith(".iwa") for name in names):
        mend = "export it as XLSX from Numbers"
        return unreadable(file, "is a Numbers document", EXPECTED, mend)
    sheets = [name for name in sorted(names) if name.lower().endswith((".xlsx", ".csv", ".ods"))]
    if sheets:
        mend = f"unpack it and give one of its files ({', '.join(sheets[:3])})"
        return unreadable(file, "is an archive of files", EXPECTED, mend)
    return unreadable(file, "is a zip file without a workbook", EXPECTED, SAVE_AGAIN)


def encrypted(file: str) -> ReviewError:
    """Return the error of a workbook that needs a password."""
    mend = "save a copy without the password"
    return unreadable(file, "is encrypted", "a workbook that opens without a password", mend)
