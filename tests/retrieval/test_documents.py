# ruff: noqa: E501
"""Documents of all kinds that a person drops, and everything that can be wrong with them: nothing is lost unsaid."""

from __future__ import annotations

import io
import itertools
import os
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from rankr1_app.errors import Problem
from rankr1_app.events import Place
from rankr1_app.retrieval import archive, extraction, extractor
from rankr1_app.retrieval.corpus import Document, How, Report, read
from rankr1_app.retrieval.extractor import Extractor
from rankr1_app.retrieval.fields import Choice, Wrong, choice
from rankr1_app.retrieval.preview import preview

from .papers import docx, flagged, linked, locked, pdf, zipped

Content = bytes | str | Callable[[Path], None]


def put(folder: Path, files: dict[str, Content]) -> Path:
    """A folder of these files."""
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if callable(content):
            content(place)
        else:
            place.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def test_a_pdf_becomes_passages_that_keep_their_page(tmp_path: Path) -> None:
    first = "Stones are hard. " * 5
    put(
        tmp_path,
        {"my guide.pdf": pdf(first, "", "\n".join(f"Tide number {n} rises with the moon." for n in range(60)))},
    )
    documents = list(read(tmp_path / "my guide.pdf"))
    assert [each.id for each in documents][:2] == ["my%20guide.pdf#p1", "my%20guide.pdf#p3-1"]
    assert {each.title for each in documents} == {"my guide"}
    assert len(documents) > 3
    assert all(each.place and len(each.text) <= 1100 for each in documents)
    assert documents[0].place == Place(file="my guide.pdf", page=1, start=0, end=len(documents[0].text))
    told = " ".join(" ".join(each.text.split()) for each in documents[1:])
    assert all(f"Tide number {n} rises" in told for n in range(60))
    places = [each.place for each in documents[1:] if each.place]
    assert all(one.end <= other.start for one, other in itertools.pairwise(places))


def test_a_word_broken_at_the_end_of_a_line_is_whole(tmp_path: Path) -> None:
    put(tmp_path, {"a.pdf": pdf("Some words", "of plain text and manipu-\nlation of words")})
    text = " ".join(each.text for each in read(tmp_path / "a.pdf"))
    assert not {*text} & {"\x02", "\ufffe"}
    assert "manipulation of words" in text


def test_web_pages_and_word_documents(tmp_path: Path) -> None:
    page = (
        "<!doctype html><meta charset=cp1252><title> Tea\n&amp; more</title><nav>Home</nav><script>x()</script>"
        "<style>p{}</style><p>caf\xe9 cop<b>per</b></p><ul><li>one<li>two</ul><table><tr><td>a<td>b</table>"
    )
    word = docx(
        "First paragraph.",
        "caf\xe9 second",
        body="<w:tbl><w:tr><w:tc><w:p><w:r><w:t>cell</w:t></w:r></w:p></w:tc></w:tr></w:tbl>",
    )
    put(tmp_path / "c", {"a.html": page.encode("cp1252"), "b.docx": word})
    web, other = read(tmp_path / "c")
    assert (web.id, web.title) == ("a.html", "Tea & more")
    assert all(part in web.text for part in ("caf\xe9 copper", "one", "two", "a\t", "b"))
    assert not any(part in web.text for part in ("Home", "x()", "p{}"))
    assert (other.id, other.title) == ("b.docx", "b")
    assert all(part in other.text for part in ("First paragraph.", "caf\xe9 second", "cell"))


def test_a_long_text_is_cut_and_nothing_of_it_is_lost(tmp_path: Path) -> None:
    text = "# The \xe9nd\n\n" + "\n\n".join(
        f"Paragraph {n} 😀. " + "It says something. " * (n % 90) for n in range(100)
    )
    put(tmp_path / "c", {"notes.md": text})
    documents = list(read(tmp_path / "c"))
    assert [each.id for each in documents] == [f"notes.md#{n}" for n in range(1, len(documents) + 1)]
    assert {each.title for each in documents} == {"The \xe9nd"}
    assert "".join("".join(each.text.split()) for each in documents) == "".join(text.split())
    assert all(each.place and text[each.place.start : each.place.end] == each.text for each in documents)


def test_a_zip_is_read_as_a_folder(tmp_path: Path) -> None:
    inner: dict[str, str | bytes] = {
        "deep/a.txt": "copper",
        "b.pdf": pdf("tin"),
        "__MACOSX/._a.txt": "no",
        ".DS_Store": "no",
    }
    put(tmp_path, {"c.zip": zipped(inner), "d/c.zip": zipped(inner), "d/e.txt": "zinc"})
    assert [each.id for each in read(tmp_path / "c.zip")] == ["b.pdf#p1", "deep/a.txt"]
    assert [each.id for each in read(tmp_path / "d")] == ["c.zip/b.pdf#p1", "c.zip/deep/a.txt", "e.txt"]


ODD = (
    "Ref No;Headline;What it says;Price\nA-1;Copper;Copper pipes turn green in wet air.;12.5\nA-2;Tin;Tin is soft.;9\n"
)


def test_columns_are_chosen(tmp_path: Path) -> None:
    put(tmp_path, {"odd.csv": ODD, "j.jsonl": '{"Key": "a", "Body Text": "copper", "more": "tin"}\n'})
    how = How({"": choice("id=Ref No,title=headline,text=what it says")})
    assert list(read(tmp_path / "odd.csv", how=how))[1] == Document("A-2", "Tin", "Tin is soft.")
    how = How({"": choice("text=Headline+What it says")})
    assert list(read(tmp_path / "odd.csv", how=how))[1] == Document("odd.csv#3", "", "Tin\nTin is soft.")
    how = How({"j.jsonl": Choice(("body_text", "more"), "Key")})
    assert list(read(tmp_path / "j.jsonl", how=how)) == [Document("a", "", "copper\ntin")]


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ("text=nothing", "has no nothing among its columns"),
        ("id=Price,text=Body", "has no Body among its columns"),
        ("id=Price", "are not valid"),
        ("text", "are not valid"),
        ("text=,id=Price", "are not valid"),
        ("body=Headline", "are not valid"),
        ("text=Headline,text2=Price", "are not valid"),
    ],
)
def test_columns_that_are_not_there(columns: str, says: str, tmp_path: Path) -> None:
    put(tmp_path, {"odd.csv": ODD})
    with pytest.raises(Problem, match=says):
        list(read(tmp_path / "odd.csv", how=How({"": choice(columns)})))


def test_files_that_stand_apart_are_all_read_and_columns_guessed(tmp_path: Path) -> None:
    one = "alpha\nbeta\ngamma\n"
    files: dict[str, Content] = {
        "odd.csv": ODD,
        "one.csv": one,
        "notes.md": "zinc",
        "bad.json": "{",
        "a.jsonl": '{"id": "x", "text": "lead"}',
    }
    found = preview(put(tmp_path / "c", files), How(apart=True))
    parts = {part.name: part for part in found.report.parts}
    assert found.wrong == ""
    assert {name: part.documents for name, part in parts.items()} == {
        "a.jsonl": 1, "bad.json": 0, "notes.md": 1, "odd.csv": 2, "one.csv": 3,
    }  # fmt: skip
    assert parts["odd.csv"].chosen == {"id": "ref_no", "title": "headline", "text": "what_it_says"}
    assert parts["odd.csv"].columns == ("ref_no", "headline", "what_it_says", "price")
    assert parts["one.csv"].chosen == {"id": "", "title": "", "text": "column_1"}
    assert [each.id for each in found.documents] == [
        "x",
        "notes.md",
        "A-1",
        "A-2",
        *(f"one.csv#{n}" for n in (1, 2, 3)),
    ]


def test_a_preview_shows_a_few_of_each_file_and_ends_in_time(tmp_path: Path) -> None:
    files: dict[str, Content] = {
        f"{n}.jsonl": "".join(f'{{"id": "{n}-{m}", "text": "x"}}\n' for m in range(50)) for n in range(3)
    }
    found = preview(put(tmp_path / "c", files), How())
    assert [each.id for each in found.documents] == [f"{n}-{m}" for n in range(3) for m in range(3)]
    assert (found.report.documents, found.whole) == (150, True)
    assert not preview(tmp_path / "c", How(), seconds=0.0).whole
    assert preview(put(tmp_path / "d", {}), How()).wrong == "there is no document in it"


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


def test_a_line_without_an_end_is_not_held(tmp_path: Path) -> None:
    with (tmp_path / "a.jsonl").open("wb") as file:
        file.truncate(1 << 30)
        file.seek(0)
        file.write(b'{"id": "a", "text": "copper"}\n{"id": "b", "text": "')
        file.seek(1 << 20)
        file.write(b"x" * 1000)
    report = Report()
    with pytest.raises(Problem, match="not a text file"):
        list(read(tmp_path / "a.jsonl", report))


class Bent(Extractor):
    """An extractor whose process does something else."""

    def __init__(self, script: str, seconds: float = 60.0) -> None:
        super().__init__(seconds)
        self.script = script

    def started(self):  # type: ignore[no-untyped-def]
        from subprocess import PIPE, Popen

        self.process = self.process or Popen([sys.executable, "-c", self.script], stdin=PIPE, stdout=PIPE)
        return self.process


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("import os; os.abort()", "ends the program that reads it"),
        ("import time; time.sleep(60)", "takes over 0.5 seconds"),
        ("import sys\nwhile True: sys.stdout.write('x' * 65536)", "MB of text"),
        ("import sys\nwhile True: sys.stdout.write('[\"page\", 1, \"' + 'x' * 65536 + '\"]\\n')", "MB of text"),
    ],
)
def test_a_process_that_fails_takes_nobody_with_it(
    script: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extractor, "LONGEST", 1 << 20)
    began = time.monotonic()
    with Bent(script, 0.5 if "sleep" in script else 20.0) as bent, pytest.raises(Wrong, match=says):
        list(bent.pages("pdf", tmp_path / "a.pdf"))
    assert bent.process is None
    assert time.monotonic() - began < 10


def test_memory_is_limited_and_the_next_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, {"a.pdf": pdf(A)})
    with Extractor() as real:
        assert list(real.pages("pdf", tmp_path / "a.pdf")) == [(1, A)]
        process = real.process
        assert process is not None
        limit = Path(f"/proc/{process.pid}/limits").read_text()
        assert f"{extraction.MEMORY}" in next(
            line for line in limit.splitlines() if line.startswith("Max address space")
        )
        with pytest.raises(Wrong, match="a damaged PDF"):
            list(real.pages("pdf", tmp_path))
        assert list(real.pages("pdf", tmp_path / "a.pdf")) == [(1, A)]
    assert process.returncode is not None
