# ruff: noqa: E501
"""Documents of all kinds that a person drops, and everything that can be wrong with them, through all modules that read
them together (forms, archive, files, extractor, collection, report, preview): nothing is lost unsaid."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from rankr1_app.errors import Problem
from rankr1_app.retrieval import archive
from rankr1_app.retrieval.corpus import How, read
from rankr1_app.retrieval.preview import preview

from .papers import ODD, Content, docx, flagged, linked, locked, pdf, put, zipped


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file, file.open("a.txt", "w") as member:
        for _ in range(12):
            member.write(bytes(1 << 20))


def large(path: Path) -> None:
    """Less packed than a bomb, but more than is unpacked in all (the test lowers the limit)."""
    with zipfile.ZipFile(path, "w") as file:
        for number in range(4):
            file.writestr(f"{number}.txt", os.urandom(1 << 20))


def quine(path: Path) -> None:
    """An archive whose table of contents names one member many times, as overlapping bombs do."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a.txt", b"copper " * 100_000)
        entry = file.infolist()[0]
        for number in range(200):
            again = zipfile.ZipInfo(f"{number}.txt")
            for name in ("header_offset", "compress_size", "file_size", "CRC", "compress_type", "flag_bits"):
                setattr(again, name, getattr(entry, name))
            file.filelist.append(again)


def lying(path: Path) -> None:
    """A member that says it is smaller than it is."""
    raw = bytearray(zipped({"a.txt": "copper" * 1000}))
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = raw.rindex(mark) + place
        raw[at : at + 4] = (3).to_bytes(4, "little")
    path.write_bytes(bytes(raw))


def many(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as file:
        for number in range(archive.MEMBERS + 1):
            file.writestr(f"{number}", b"")


A = "copper"
NAMED = zipped({"a.txt": A})
GROWS = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)


def word(document: str) -> bytes:
    """A Word document whose text is this XML."""
    members: dict[str, str | bytes] = {}
    with zipfile.ZipFile(io.BytesIO(docx("x"))) as file:
        members = {name: file.read(name) for name in file.namelist()}
    return zipped({**members, "word/document.xml": document})


BAD: list[tuple[str, dict[str, Content], list[str], str]] = [
    # what, the files, the ids that are read all the same, what is said of the rest
    ("a PDF with a password", {"a.pdf": locked()}, [], "locked by a password"),
    ("an empty PDF", {"a.pdf": b""}, [], "empty text"),
    ("a PDF that is cut", {"a.pdf": pdf(A)[:60]}, [], "a damaged PDF"),
    ("a PDF of noise", {"a.pdf": b"%PDF-1.7\n" + os.urandom(3000)}, [], "a damaged PDF"),
    ("a PDF without pages", {"a.pdf": pdf()}, [], "PDF"),
    ("a scanned PDF", {"a.pdf": pdf("", "")}, [], "run it through OCR"),
    ("a PDF of blanks", {"a.pdf": pdf("   ")}, [], "run it through OCR"),
    ("a PDF called text", {"a.txt": pdf(A)}, ["a.txt#p1"], ""),
    ("a text called PDF", {"a.pdf": A}, ["a.pdf"], ""),
    ("a PDF after other bytes", {"a.pdf": b"\n\n" + pdf(A)}, ["a.pdf#p1"], ""),
    ("a PDF with a loop of pages", {"a.pdf": pdf(A).replace(b"/Kids [4 0 R]", b"/Kids [2 0 R]")}, [], "PDF"),
    ("a scan beside a text", {"a.pdf": pdf(""), "b.txt": A}, ["b.txt"], "run it through OCR"),
    ("an empty DOCX", {"a.docx": b""}, [], "empty text"),
    ("a DOCX that is cut", {"a.docx": docx(A)[:100]}, [], "a damaged zip archive"),
    ("a DOCX of broken XML", {"a.docx": word("<w:document")}, [], "a damaged DOCX file"),
    ("a DOCX without words", {"a.docx": docx()}, [], "empty text"),
    ("a DOCX that grows", {"a.docx": word(GROWS + "<x>&j;</x>")}, [], "DOCX"),
    ("a DOCX with a file of ours", {"a.docx": word('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>')}, [], "DOCX"),
    ("a DOCX that is locked", {"a.docx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)}, [], "an Office file"),
    ("an Excel workbook", {"a.xlsx": zipped({"xl/workbook.xml": ""})}, [], "save it as CSV"),
    ("a PowerPoint file", {"a.pptx": zipped({"ppt/presentation.xml": ""})}, [], "save it as PDF"),
    ("an OpenDocument file", {"a.odt": zipped({"content.xml": ""})}, [], "an OpenDocument file"),
    ("an EPUB book", {"a.epub": zipped({"META-INF/container.xml": ""})}, [], "an EPUB book"),
    ("a Java archive", {"a.jar": zipped({"META-INF/MANIFEST.MF": ""})}, [], "a Java archive"),
    ("an empty zip", {"a.zip": zipped({})}, [], "no document"),
    ("a zip that is cut", {"a.zip": NAMED[:-30]}, [], "a damaged zip archive"),
    ("a zip with a turned bit", {"a.zip": NAMED[:37] + b"\xff" + NAMED[38:]}, [], "a damaged zip archive"),
    ("a zip bomb", {"a.zip": bomb}, [], "packed over 200 times"),
    ("a zip of too much", {"a.zip": large}, [], "a zip archive of over"),
    ("a zip whose members overlap", {"a.zip": quine}, [], "zip archive"),
    ("a zip that lies about a size", {"a.zip": lying}, [], "a damaged zip archive"),
    ("a zip of too many files", {"a.zip": many}, [], "of over 10,000 files"),
    ("a zip in a zip", {"a.zip": zipped({"b.zip": NAMED, "a.txt": A})}, ["a.zip/a.txt"], "an archive in an archive"),
    ("a path upwards", {"a.zip": zipped({"../../evil.txt": A, "a.txt": A})}, ["a.zip/a.txt"], "leads out of the archive"),
    ("a path from the root", {"a.zip": zipped({"/etc/evil.txt": A, "a.txt": A})}, ["a.zip/a.txt"], "leads out of the archive"),
    ("a path of Windows", {"a.zip": zipped({"..\\evil.txt": A, "a.txt": A})}, ["a.zip/a.txt"], "leads out of the archive"),
    ("a path with a drive", {"a.zip": zipped({"C:evil.txt": A, "a.txt": A})}, ["a.zip/a.txt"], "leads out of the archive"),
    ("a path in the middle", {"a.zip": zipped({"x/../../evil.txt": A, "a.txt": A})}, ["a.zip/a.txt"], "leads out of the archive"),
    ("a name of 300 letters", {"a.zip": zipped({"x" * 300: A, "a.txt": A})}, ["a.zip/a.txt"], "too long"),
    ("a file and a folder of a name", {"a.zip": zipped({"a": A, "a/b.txt": A})}, ["a.zip/a"], "a name that is in the archive twice"),
    ("a link in a zip", {"a.zip": linked("evil.txt", "/etc/passwd")}, ["a.zip/a.txt"], "a link in an archive"),
    ("an encrypted member", {"a.zip": flagged(zipped({"a.txt": A, "b.txt": A}))}, ["a.zip/a.txt"], "encrypted in its archive"),
    ("an unknown packing", {"a.zip": flagged(zipped({"a.txt": A, "b.txt": A}), 97, 8)}, ["a.zip/a.txt"], "packed in a way"),
    ("only locked members", {"a.zip": flagged(NAMED)}, [], "encrypted in its archive"),
    ("a picture", {"a.png": b"\x89PNG\r\n\x1a\n" + bytes(90), "b.txt": A}, ["b.txt"], "not a text file"),
    ("a program", {"a": b"\x7fELF" + bytes(90), "b.txt": A}, ["b.txt"], "not a text file"),
    ("RTF", {"a.rtf": b"{\\rtf1 x}", "b.txt": A}, ["b.txt"], "not a text file"),
    ("another encoding among texts", {"a.txt": "caf\xe9 d\xe9j\xe0 vu cr\xe8me".encode("cp1252"), "b.txt": A}, ["b.txt"], "perhaps cp1252"),
    ("Cyrillic of old", {"a.md": "\u043c\u0435\u0434\u044c \u0438 \u043e\u043b\u043e\u0432\u043e".encode("cp1251"), "b.txt": A}, ["b.txt"], "not UTF-8"),
    ("half a character at the end", {"a.txt": "caf\xe9".encode()[:-1], "b.txt": A}, ["b.txt"], "not UTF-8"),
    ("NUL in a text", {"a.txt": "cop\0per and some more words", "b.txt": A}, ["a.txt", "b.txt"], ""),
    ("a text of 17 MB", {"a.txt": b"x " * 8_600_000, "b.txt": A}, ["b.txt"], "longer than 16 MB"),
    ("XML", {"a.xml": '<?xml version="1.0"?><x/>', "b.txt": A}, ["b.txt"], "XML, give its text"),
    ("a web page of nothing but scripts", {"a.html": "<html><script>x()</script>", "b.txt": A}, ["b.txt"], "empty text"),
    ("a web page that never ends", {"a.html": "<html>" + "<div>" * 30_000 + A}, ["a.html"], ""),
    ("a web page in an encoding that is none", {"a.html": b"<html><meta charset=klingon><p>caf\xe9"}, ["a.html"], ""),
    ("a web page with bytes of no text", {"a.html": b"<html>" + bytes(200), "b.txt": A}, ["b.txt"], "not a text file"),
    ("a CSV with rows of another width", {"a.csv": ODD + "A-3;x\n"}, ["A-1", "A-2"], "fewer columns than 4"),
    ("a CSV with ids of blanks", {"a.csv": "id,text\na b,copper\nc,tin\nd,zinc\n"}, ["c", "d"], "id with blanks"),
    ("a CSV with no ids in some rows", {"a.csv": "id,text\n,copper\nc,tin\nd,zinc\n"}, ["c", "d"], "no id"),
    ("a CSV of nothing but a header", {"a.csv": "id,text\n", "b.txt": A}, ["b.txt"], ""),
    ("an id twice in two files", {"a.csv": "id,text\na,copper\n", "b.csv": "id,text\na,tin\n"}, ["a"], "duplicate id"),
    ("an id with slashes", {"a.csv": "id,text\nhttp://x/y?z#1,copper\n"}, ["http://x/y?z#1"], ""),
    ("JSON without ids and texts", {"a.json": '{"a": 1}', "b.txt": A}, ["b.txt"], "no id"),
    ("an array that is cut", {"a.json": '[{"id": "a", "text": "x"}, {', "b.txt": A}, ["a", "b.txt"], "cannot be read after value 1"),
    ("TREC without an end", {"a.trec": "<DOC>\n<DOCNO>a</DOCNO>\ncopper\n", "b.txt": A}, ["b.txt"], "never closed"),
    ("TREC without a number", {"a.trec": "<DOC>\n<DOCNO>a</DOCNO>copper\n</DOC>\n<DOC>\ntin\n</DOC>\n<DOC><DOCNO>c</DOCNO>x</DOC>"}, ["a", "c"], "no <DOCNO>"),
    ("a tar archive", {"a.tar": bytes(257) + b"ustar" + bytes(300), "b.txt": A}, ["b.txt"], "not a text file"),
    ("a RAR archive", {"a.rar": b"Rar!\x1a\x07", "b.txt": A}, ["b.txt"], "not a text file"),
    ("a link out of the folder", {"a": lambda path: path.symlink_to("/etc"), "b.txt": A}, ["b.txt"], "a link to a folder"),
    ("a pipe", {"a.pdf": lambda path: os.mkfifo(path), "b.txt": A}, ["b.txt"], "a pipe"),
    ("a name of blanks and a number sign", {"my #1 file.txt": A}, ["my%20#1%20file.txt"], ""),
    ("a name that is not UTF-8", {os.fsdecode(b"caf\xe9.pdf"): pdf(A)}, ["caf%E9.pdf#p1"], ""),
]  # fmt: skip


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "BYTES", 3 << 20)


def test_there_are_many() -> None:
    assert len(BAD) >= 60


@pytest.mark.parametrize(("files", "ids", "says"), [each[1:] for each in BAD], ids=[each[0] for each in BAD])
@pytest.mark.timeout(30)
def test_what_is_wrong_is_said_and_the_rest_is_read(
    files: dict[str, Content], ids: list[str], says: str, tmp_path: Path
) -> None:
    found = preview(put(tmp_path / "c", files), How(apart=True))
    report = found.report
    said = [found.wrong, *(f"{kind} at {where}" for kind, named in report.examples.items() for where in named)]
    assert [each.id for each in found.documents] == ids
    assert (says == "" and said == [""]) or any(says in each for each in said if says), said
    assert all("\n" not in each and "Error" not in each and len(each) < 900 for each in said)
    assert found.wrong == "" or not ids
    assert not list(tmp_path.parent.glob("**/evil.txt"))


@pytest.mark.parametrize("name", ["a.pdf", "a.zip", "a.docx"])
def test_one_file_that_cannot_be_read_is_refused(name: str, tmp_path: Path) -> None:
    made = {"a.pdf": locked(), "a.zip": zipped({}), "a.docx": word("<")}[name]
    with pytest.raises(Problem, match=name) if name != "a.zip" else pytest.raises(AssertionError):
        assert list(read(put(tmp_path, {name: made}) / name))
