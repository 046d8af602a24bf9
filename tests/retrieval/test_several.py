"""Several queries in place of one: each is searched for, and a document says where each of them had it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from rankr1_app.events import Candidate
from rankr1_app.retrieval.protocol import sourced
from rankr1_app.retrieval.several import Several, Single

from ..doubles import candidates


@dataclass
class Memory:
    """A retriever that finds what a query's number says, and remembers what it was asked."""

    asked: list[tuple[str, int]] = field(default_factory=list)
    name: str = "memory"
    index: str = "numbers"
    score_name: str = "score"

    def search(self, query: str, depth: int) -> tuple[Candidate, ...]:
        self.asked.append((query, depth))
        return candidates([int(digit) for digit in query if digit.isdigit()])[:depth]

    def document(self, document: str) -> Candidate | None:
        return candidates([int(document[1:])])[0]


def test_every_line_is_searched_for_and_rankings_are_fused_by_ranks() -> None:
    memory = Memory()
    found = Several(memory).search("first 12\n\n  \nsecond 23", 2)
    assert memory.asked == [("first 12", 100), ("second 23", 100)]
    assert [(each.id, each.rank) for each in found] == [("d2", 1), ("d1", 2)]
    assert found[0].score == pytest.approx(1 / 62 + 1 / 61)


def test_a_document_says_which_query_had_it_where() -> None:
    (both, one, other) = Several(Memory()).search("a 12\nb 23", 10)
    assert [(source.retriever, source.rank) for source in both.sources] == [("“a 12”", 2), ("“b 23”", 1)]
    assert [source.retriever for source in one.sources] == ["“a 12”"]
    assert [source.score_name for source in other.sources] == ["score for “b 23”"]


def test_a_long_query_is_named_by_its_beginning() -> None:
    assert Single(Memory(), "why " * 100).name == f"“{('why ' * 100)[:60]}”"


def test_a_single_query_is_searched_for_whatever_is_asked() -> None:
    memory = Memory()
    assert [each.id for each in Single(memory, "of its own 7").search("another 8", 5)] == ["d7"]
    assert Single(memory, "x").index == "numbers"


def test_a_query_of_a_fused_first_stage_counts_as_one_list() -> None:
    class Fused(Memory):
        def search(self, query: str, depth: int) -> tuple[Candidate, ...]:
            return sourced(super().search(query, depth), "bm25", "BM25")

    (found,) = Several(Fused()).search("a 1", 5)
    assert [source.retriever for source in found.sources] == ["“a 1”"]


def test_documents_and_parts_are_those_of_the_retriever() -> None:
    several = Several(Memory())
    found = several.document("d4")
    assert found is not None
    assert found.text == "number 4"
    assert (several.name, several.index, several.parts) == ("memory", "numbers", (several.retriever,))
