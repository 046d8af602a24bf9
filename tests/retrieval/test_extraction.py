"""What is taken out of a PDF, a Word document and a web page, in this process."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from rankr1_app.retrieval import extraction
from rankr1_app.retrieval.extraction import Unreadable, answer, decoded

from .papers import docx, locked, pdf, put


def test_a_word_broken_at_the_end_of_a_line_is_whole(tmp_path: Path) -> None:
    put(tmp_path, {"a.pdf": pdf("Some words", "of plain text and manipu-\nlation of words")})
    text = " ".join(text for _, text in extraction.pdf(tmp_path / "a.pdf"))
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
    put(tmp_path, {"a.html": page.encode("cp1252"), "b.docx": word})
    title, (page_number, text) = extraction.html(tmp_path / "a.html")
    assert (title, page_number) == ((-1, "Tea & more"), 0)
    assert all(part in text for part in ("caf\xe9 copper", "one", "two", "a\t", "b"))
    assert not any(part in text for part in ("Home", "x()", "p{}"))
    ((page_number, text),) = extraction.docx(tmp_path / "b.docx")
    assert page_number == 0
    assert all(part in text for part in ("First paragraph.", "caf\xe9 second", "cell"))


def test_pages_without_text_are_passed_over_and_keep_their_number(tmp_path: Path) -> None:
    put(tmp_path, {"a.pdf": pdf("one", "", "three")})
    assert list(extraction.pdf(tmp_path / "a.pdf")) == [(1, "one"), (3, "three")]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (locked(), "a PDF locked by a password, save it without one"),
        (b"%PDF-1.4 nothing more", "a damaged PDF"),
        (pdf("", " "), "a PDF without text, a scan perhaps: run it through OCR first"),
    ],
)
def test_a_pdf_without_text_for_us_says_why(content: bytes, says: str, tmp_path: Path) -> None:
    put(tmp_path, {"a.pdf": content})
    with pytest.raises(Unreadable, match=f"^{says}$"):
        list(extraction.pdf(tmp_path / "a.pdf"))


def test_a_word_document_that_unpacks_to_too_much_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, {"a.docx": docx("x" * 2000)})
    monkeypatch.setattr(extraction, "UNPACKED", 1 << 20)
    assert next(extraction.docx(tmp_path / "a.docx")) == (0, "x" * 2000 + "\n\n")
    monkeypatch.setattr(extraction, "UNPACKED", 1000)
    with pytest.raises(Unreadable, match="a DOCX file whose text is over"):
        next(extraction.docx(tmp_path / "a.docx"))


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("\ufeffcaf\xe9".encode("utf-16-le"), "caf\xe9"),
        (b"\xef\xbb\xbfcaf\xc3\xa9", "caf\xe9"),
        (
            "<meta charset='koi8-r'>\u043c\u0435\u0434\u044c".encode("koi8-r"),
            "<meta charset='koi8-r'>\u043c\u0435\u0434\u044c",
        ),
        (b"<meta charset=klingon>caf\xe9", "<meta charset=klingon>caf\xe9"),
        (b"caf\xe9", "caf\xe9"),
        (b"<meta charset=utf-8>caf\xe9", "<meta charset=utf-8>caf\ufffd"),
    ],
)
def test_a_web_page_is_read_by_its_mark_its_own_word_or_as_browsers_do(raw: bytes, text: str) -> None:
    assert decoded(raw) == text


def lines(form: str, path: Path) -> list[list[object]]:
    """Return the lines of an answer."""
    out = io.StringIO()
    answer(form, str(path), out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_an_answer_is_a_line_for_each_page_and_one_that_says_how_it_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, {"a.pdf": pdf("one", "two"), "b.pdf": b"%PDF-"})
    assert lines("pdf", tmp_path / "a.pdf") == [["page", 1, "one"], ["page", 2, "two"], ["end"]]
    assert lines("pdf", tmp_path / "b.pdf") == [["wrong", "a damaged PDF"]]
    assert lines("html", tmp_path / "missing") == [["wrong", "a damaged HTML file"]]

    def full(_: Path) -> None:
        raise MemoryError

    monkeypatch.setitem(extraction.FORMS, "pdf", full)
    assert lines("pdf", tmp_path / "a.pdf") == [["wrong", "takes over 1 GB of memory to read"]]


def test_a_lone_surrogate_in_a_text_does_not_end_an_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(extraction.FORMS, "pdf", lambda _: iter([(1, "a\ud800\u2028b")]))
    assert lines("pdf", tmp_path)[0] == ["page", 1, "a\ud800\u2028b"]
