"""A file that is a text becomes the passages it is made of, whatever form it has."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest

from rankr1_app.events import Place
from rankr1_app.retrieval import corpus
from rankr1_app.retrieval.extractor import Extractor
from rankr1_app.retrieval.fields import Wrong
from rankr1_app.retrieval.files import escaped, read
from rankr1_app.retrieval.report import Document, Report

from .papers import pdf, put


def test_a_pdf_becomes_passages_that_keep_their_page(tmp_path: Path) -> None:
    first = "Stones are hard. " * 5
    put(
        tmp_path,
        {"my guide.pdf": pdf(first, "", "\n".join(f"Tide number {n} rises with the moon." for n in range(60)))},
    )
    documents = list(corpus.read(tmp_path / "my guide.pdf"))
    assert [each.id for each in documents][:2] == ["my%20guide.pdf#p1", "my%20guide.pdf#p3-1"]
    assert {each.title for each in documents} == {"my guide"}
    assert len(documents) > 3
    assert all(each.place and len(each.text) <= 1100 for each in documents)
    assert documents[0].place == Place(file="my guide.pdf", page=1, start=0, end=len(documents[0].text))
    told = " ".join(" ".join(each.text.split()) for each in documents[1:])
    assert all(f"Tide number {n} rises" in told for n in range(60))
    places = [each.place for each in documents[1:] if each.place]
    assert all(one.end <= other.start for one, other in itertools.pairwise(places))


@pytest.fixture
def extractor() -> Extractor:
    """One that is not started: plain texts need none."""
    return Extractor()


def of(folder: Path, name: str, content: bytes, form: str, extractor: Extractor) -> tuple[list[Document], Report]:
    (folder / "file").write_bytes(content)
    report = Report()
    return [document for _, document in read(folder / "file", name, form, report, extractor)], report


@pytest.mark.parametrize(
    ("form", "text", "title"),
    [
        ("markdown", "\n\n# Tea \n\nIt is hot.", "Tea"),
        ("markdown", "## Tea and more ##\nIt is hot.", "Tea and more"),
        ("markdown", "### Tea\nIt is hot.", ""),
        ("markdown", "It is hot.\n# Tea", ""),
        ("", "# Tea\nIt is hot.", ""),
    ],
)
def test_the_title_of_a_markdown_file_is_its_first_heading(
    form: str, text: str, title: str, tmp_path: Path, extractor: Extractor
) -> None:
    (found,), report = of(tmp_path, "a.md", text.encode(), form, extractor)
    assert (found.id, found.title) == ("a.md", title)
    assert "It is hot." in found.text
    assert report.bytes == len(text)
    assert extractor.process is None


def test_windows_line_ends_are_read_as_line_feeds(tmp_path: Path, extractor: Extractor) -> None:
    (found,), _ = of(tmp_path, "a.txt", b"one\r\ntwo", "", extractor)
    assert found.text == "one\ntwo"


@pytest.mark.parametrize(
    ("content", "says", "detail"),
    [
        (b"", "empty text", ""),
        (b" \n ", "empty text", ""),
        (b"%PDF-1.4", "not a text file", "is a PDF"),
        ("caf\xe9 d\xe9j\xe0 vu cr\xe8me".encode("cp1252"), "not UTF-8", "perhaps cp1252"),
        (b' <?xml version="1.0"?><x/>', "XML, give its text", ""),
    ],
)
def test_a_text_that_cannot_be_read_says_why(
    content: bytes, says: str, detail: str, tmp_path: Path, extractor: Extractor
) -> None:
    with pytest.raises(Wrong, match=f"^{says}$") as raised:
        of(tmp_path, "a.txt", content, "", extractor)
    assert detail in raised.value.detail


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("my #1 file.txt", "my%20#1%20file.txt"),
        ("a\tb\nc", "a%09b%0Ac"),
        ("\xa0\x85", "%C2%A0%C2%85"),
        ("caf\xe9/\u4e2d", "caf\xe9/\u4e2d"),
        (os.fsdecode(b"caf\xe9.pdf"), "caf%E9.pdf"),
    ],
)
def test_a_name_that_no_run_file_could_carry_is_escaped(name: str, key: str) -> None:
    assert escaped(name) == key
    assert len(key.split()) == 1


def test_where_names_the_page_of_a_file_that_has_pages(tmp_path: Path) -> None:
    put(tmp_path, {"a.pdf": pdf("copper", "tin")})
    with Extractor() as process:
        found = [where for where, _ in read(tmp_path / "a.pdf", "a.pdf", "pdf", Report(), process)]
    assert found == ["a.pdf page 1", "a.pdf page 2"]
