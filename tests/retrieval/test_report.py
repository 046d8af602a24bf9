"""What a corpus had that could not be used, counted and named, and when that makes it another thing."""

from __future__ import annotations

import pytest

from rankr1_app.errors import Problem
from rankr1_app.retrieval import report as module
from rankr1_app.retrieval.report import Document, Part, Report


def documents(report: Report, count: int) -> None:
    """Take in so many documents."""
    for number in range(report.documents, report.documents + count):
        assert report.new(Document(f"d{number}", "", "x"))


def test_faults_are_counted_by_kind_and_the_first_five_named() -> None:
    report = Report()
    for number in range(8):
        report.skip("not JSON", f"line {number}")
    report.skip("no id", "line 9")
    assert dict(report.skipped) == {"not JSON": 8, "no id": 1}
    assert report.examples == {"not JSON": [f"line {n}" for n in range(5)], "no id": ["line 9"]}


def test_a_strict_report_ends_at_the_first_fault() -> None:
    report = Report(strict=True)
    with pytest.raises(Problem) as raised:
        report.skip("not JSON", "c.jsonl line 3")
    assert str(raised.value) == "c.jsonl line 3: not JSON; mend it or build without --strict to skip it"
    with pytest.raises(Problem, match=r"^a\.pdf \(page 2\): a damaged PDF; mend it"):
        report.leave("a damaged PDF", "a.pdf", "page 2")


def test_an_id_is_new_once_and_counts_for_its_file() -> None:
    report = Report()
    for name in ("a.csv", "b.csv"):
        report.begin(Part(name, "table"))
        assert report.new(Document(name, "", "x"))
        assert not report.new(Document("a.csv", "", "another text"))
    assert [(part.name, part.documents) for part in report.parts] == [("a.csv", 1), ("b.csv", 1)]
    assert report.documents == 2


def test_a_file_that_was_left_says_why_once_and_the_first_time() -> None:
    report = Report()
    report.begin(Part("a.pdf", "pdf"))
    report.leave("a damaged PDF", "a.pdf", "page 2")
    report.leave("another fault", "a.pdf")
    assert report.parts[0].wrong == "a damaged PDF: page 2"
    assert report.examples == {"a damaged PDF": ["a.pdf (page 2)"], "another fault": ["a.pdf"]}


def test_notes_are_said_once_and_no_more_than_five() -> None:
    report = Report()
    for number in range(9):
        report.note("again")
        report.note(f"note {number}")
    assert report.notes == ["again", "note 0", "note 1", "note 2", "note 3"]


def test_no_more_than_a_thousand_files_are_described(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PARTS", 2)
    report = Report()
    for number in range(4):
        report.begin(Part(str(number), "text"))
        documents(report, 1)
    assert [part.name for part in report.parts] == ["0", "1"]
    assert report.part is not None
    assert report.part.documents == 1


def test_a_corpus_is_misread_where_as_many_lines_are_wrong_as_right() -> None:
    report = Report()
    documents(report, 3)
    for number in range(2):
        report.skip("not JSON", f"line {number}")
    assert report.misread() == ""
    report.skip("not JSON", "line 2")
    assert report.misread() == (
        "is not what it was taken for, 3 of 6 documents cannot be read: 3 times not JSON, first at line 0"
    )
    assert report.misread(apart=True) == ""


def test_a_corpus_without_documents_says_what_was_wrong_with_all() -> None:
    report = Report()
    assert report.misread() == ""
    report.skip("duplicate id", "line 1")
    assert report.misread() == "", "harmless alone"
    report.skip("no id", "line 2")
    report.leave("a damaged PDF", "a.pdf")
    said = "has no document that can be indexed: 1 times no id, first at line 2, 1 times a damaged PDF, first at a.pdf"
    assert report.misread() == report.misread(apart=True) == said


def test_faults_that_ended_a_file_do_not_show_that_the_others_were_misread() -> None:
    report = Report()
    documents(report, 1)
    for number in range(5):
        report.leave("a damaged PDF", f"{number}.pdf")
    assert report.misread() == ""
