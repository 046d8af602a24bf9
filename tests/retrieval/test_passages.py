"""A long text is cut between paragraphs or sentences, and each passage says where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from rankr1_app.events import Place
from rankr1_app.retrieval.corpus import read
from rankr1_app.retrieval.passages import SIZE, passages

from .papers import put


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


def test_a_short_text_is_one_passage_with_the_id_of_its_file() -> None:
    assert [each.id for each in passages("a", "a.txt", "T", [(0, "copper")])] == ["a"]
    (found,) = passages("a", "a.pdf", "T", [(7, "  copper  ")])
    assert (found.id, found.title, found.text) == ("a#p7", "T", "copper")
    assert found.place == Place(file="a.pdf", page=7, start=2, end=8)


@pytest.mark.parametrize(("page", "names"), [(0, ["a#1", "a#2"]), (3, ["a#p3-1", "a#p3-2"])])
def test_passages_of_a_long_text_are_numbered(page: int, names: list[str]) -> None:
    text = "copper " * 100 + "\n\n" + "tin " * 150
    found = list(passages("a", "a", "", [(page, text)]))
    assert [each.id for each in found] == names
    assert all(len(each.text) <= SIZE[1] for each in found)


def test_pages_of_blanks_have_no_passage() -> None:
    assert [each.id for each in passages("a", "a", "", [(1, ""), (2, " \n\t"), (3, "tin")])] == ["a#p3"]
    assert list(passages("a", "a", "", [(1, " ")])) == []


def test_a_word_longer_than_a_passage_is_cut_and_whole_together() -> None:
    found = list(passages("a", "a", "", [(0, "x" * 5000)]))
    assert "".join(each.text for each in found) == "x" * 5000
    assert max(len(each.text) for each in found) <= SIZE[1]


def test_text_that_nothing_can_carry_is_mended_in_text_and_name() -> None:
    (found,) = passages("a", "caf\udce9", "", [(0, "a\0b\ud800c")])
    assert found.text == "a\ufffdb?c"
    assert found.place is not None
    assert found.place.file == "caf?"
