"""What a file is shows in its content, and in its name only where that does not tell."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rankr1_app.errors import Problem
from rankr1_app.retrieval.forms import form

from .papers import docx, pdf, put, zipped


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("a.txt", pdf("x"), "pdf"),
        ("a", b"\n" * 1000 + b"%PDF-1.4", "pdf"),
        ("a", b"\n" * 1024 + b"%PDF-1.4", ""),
        ("a.pdf", b"plain words", ""),
        ("a.bin", docx("x"), "docx"),
        ("a.docx", zipped({"a.txt": "x"}), "zip"),
        ("a.txt", zipped({}), "zip"),
        ("a.zip", b"PK\x03\x04 and no more", "a damaged zip archive"),
        ("a", zipped({"xl/workbook.bin": ""}), "an Excel workbook, save it as CSV"),
        ("a.docx", zipped({"content.xml": ""}), "an OpenDocument file, save it as PDF or DOCX"),
        ("a", zipped({"AndroidManifest.xml": "", "META-INF/MANIFEST.MF": ""}), "a Java archive"),
        ("a.txt", b"  <!-- by hand -->\n<!DOCTYPE  html><p>x", "html"),
        ("a", b"<HTML lang=en>", "html"),
        ("a", b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x">', "html"),
        ("a", b"<htmlish>", ""),
        ("a.htm", b"x", "html"),
        ("a.HTML.gz", b"x", "html"),
        ("a.html", b"x\0y", ""),
        ("a.html", "x".encode("utf-16"), "html"),
        ("a.jsonl", b"<html>", ""),
        ("a.csv", b"<html>", ""),
        ("a", b"\n<DOC id=1>\n<DOCNO> x </DOCNO>", "trec"),
        ("a.md", b"<doc><docno>x", "trec"),
        ("a", b"<DOC>no number", ""),
        ("a.md", b"# x", "markdown"),
        ("a.Markdown", b"", "markdown"),
        ("a.txt", b"# x", ""),
        ("a", b"", ""),
    ],
)
def test_a_file_is_told_by_its_content_then_by_its_name(name: str, content: bytes, what: str, tmp_path: Path) -> None:
    put(tmp_path, {"file": content})
    assert form(tmp_path / "file", name) == what


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.pdf")
    assert form(tmp_path / "a.pdf", "a.pdf") == form(tmp_path, "a.pdf") == form(tmp_path / "none", "a.pdf") == ""


def test_a_file_that_must_not_be_read_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, {"a.txt": "x"})

    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(Problem, match=r"^file '.*a.txt' cannot be read: Permission denied$"):
        form(tmp_path / "a.txt", "a.txt")
