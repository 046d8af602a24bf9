"""What will be read of a corpus is shown before anything is built of it."""

from __future__ import annotations

from pathlib import Path

from rankr1_app.retrieval.fields import How
from rankr1_app.retrieval.preview import preview

from .papers import ODD, Content, put


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


def test_no_more_than_twelve_documents_are_shown_of_many_files(tmp_path: Path) -> None:
    files: dict[str, Content] = {f"{n}.txt": f"text {n}" for n in range(20)}
    found = preview(put(tmp_path / "c", files), How())
    assert len(found.documents) == 12
    assert found.report.documents == 20


def test_what_cannot_be_built_says_why_and_shows_what_was_read_before(tmp_path: Path) -> None:
    found = preview(put(tmp_path / "c", {"a.json": '[{"id": "a", "text": "x"}, {'}) / "a.json", How())
    assert [each.id for each in found.documents] == ["a"]
    assert "cannot be read after value 1" in found.wrong
    assert preview(tmp_path / "missing", How()).wrong.endswith("or a dataset of the Hugging Face Hub as hf:OWNER/NAME")
