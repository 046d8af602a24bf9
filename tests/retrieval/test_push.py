"""An index brought into Milvus: in batches, gone on with after a kill, and counting only once it is whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rankr1_app.errors import Problem
from rankr1_app.events import Place
from rankr1_app.retrieval import bm25, cluster, indexes, milvus, push
from rankr1_app.retrieval.indexes import IndexInfo
from rankr1_app.retrieval.protocol import Choices


@pytest.fixture
def choices(place: str) -> Choices:
    """Of a Milvus Lite, which is made where it is not there yet."""
    cluster.connect(place, make=True)
    return Choices(milvus=place)


@pytest.mark.parametrize(
    "text", ["", "a", "é" * 40_000, "a" + "😀" * 20_000, "漢" * 65_535, "a" * 65_535, "a" * 65_536]
)
def test_pieces_are_no_longer_than_milvus_takes_and_lose_nothing(text: str) -> None:
    found = push.pieces(text)
    assert "".join(found) == text
    assert all(0 < len(piece.encode()) <= 65_535 for piece in found)
    assert len(found) <= len(text.encode()) / 65_000 + 1


@pytest.mark.slow
def test_a_push_that_was_killed_leaves_the_old_and_goes_on(
    place: str, tmp_path: Path, choices: Choices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push, "ROWS", 10)
    there, corpus = cluster.connect(place), tmp_path / "c.jsonl"

    def build(word: str) -> IndexInfo:
        corpus.write_text("".join(f'{{"id": "k{n}", "text": "{word} w{n} {"long " * n}"}}\n' for n in range(40)))
        return indexes.build(corpus, "killed", tmp_path)[0]

    def killing(kind: str, done: int) -> push.Tell:
        def kill(*told: object) -> None:
            if told == (kind, done):
                raise KeyboardInterrupt

        return kill

    old = build("old")
    # As where a push was killed before there were indexes.
    there.call("create_collection", cluster.documents_of(old), schema=push.documents_schema(there, old)[0])
    push.push(old.folder, there)
    opened = milvus.open_words("killed", choices)
    new = build("new")
    left = replace(new, created="before")
    for kind, state in (("documents", left), ("terms", new), ("documents", new)):
        indexes.write_meta(Path(new.folder) / "meta.json", state)
        with pytest.raises(KeyboardInterrupt):
            push.push(new.folder, there, killing(kind, 30))
        assert len(milvus.open_words("killed", choices).search("old", 99)) == len(opened.search("old", 99)) == 40
    done = push.push(new.folder, there)
    assert (done.info, done.start, done.replaced) == (new, 20, True)
    here = bm25.open_index(new.folder)
    for query in ("new", "old", "long w7"):
        # What is open is opened again, since what it had open is gone.
        assert [each.id for each in opened.search(query, 99)] == [each.id for each in here.search(query, 99)]
    names = [name for name in there.call("list_collections") if name.startswith("rankr1_killed__")]
    assert sorted(names) == [target := cluster.documents_of(new), cluster.terms_of(target)]
    assert push.push(new.folder, there).unchanged


@dataclass
class Fake:
    """A Milvus that remembers what it was asked, and has so many rows of each collection."""

    rows: dict[str, int] = field(default_factory=dict)
    calls: list[tuple[Any, ...]] = field(default_factory=list)
    aliases: Sequence[str] = ()

    def call(self, method: str, *given: Any, **named: Any) -> Any:
        self.calls.append((method, *given))
        if method == "list_collections":
            return [*self.rows]
        return {"aliases": [*self.aliases]} if method == "list_aliases" else None

    def count(self, collection: str) -> int:
        return self.rows[collection]

    def load(self, collection: str) -> None:
        self.calls.append(("load", collection))


def numbers(first: int, end: int) -> Iterator[dict[str, Any]]:
    return ({"number": number} for number in range(first, end))


def sent(fake: Fake, first: int, end: int) -> list[tuple[str, int, int]]:
    """Return how which rows were sent, from the first to the last of each batch."""
    push.send(fake, "c", numbers(first, end), first, lambda done: None)  # type: ignore[arg-type]
    return [(method, batch[0]["number"], batch[-1]["number"]) for method, _, batch in fake.calls]


def test_rows_that_are_there_are_not_sent_but_for_the_last_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "ROWS", 10)
    assert sent(Fake({"c": 0}), 0, 25) == [("insert", 0, 9), ("insert", 10, 19), ("insert", 20, 24)]
    assert sent(Fake({"c": 20}), 0, 25) == [("upsert", 10, 19), ("insert", 20, 24)]
    assert sent(Fake({"c": 18}), 0, 25) == [("upsert", 0, 9), ("upsert", 10, 19), ("insert", 20, 24)]
    assert sent(Fake({"c": 0}), 0, 0) == []


def test_a_batch_is_of_so_many_rows_and_bytes_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "ROWS", 3)
    monkeypatch.setattr(push, "BYTES", 1000)
    rows = [{"text": ["x" * size]} for size in (10, 10, 10, 10, 240, 240, 500, 10)]
    found = [[len(row["text"][0]) for row in batch] for batch in push.batches(rows)]
    assert found == [[10, 10, 10], [10, 240], [240], [500], [10]]


def test_a_row_is_reckoned_by_its_texts_and_numbers() -> None:
    assert push.size_of({"number": 7, "key": 8}) == 0
    assert push.size_of({"text": ["abc", "d"], "title": [], "words": {1: 0.5, 2: 0.5}}) == 4 * 4 + 12 * 2


def test_a_document_keeps_its_place_and_all_of_its_texts() -> None:
    found = SimpleNamespace(id="a", title="", text="é" * 40_000, place=Place(file="f", page=3, start=1, end=2))
    row = push.document_row(7, found)
    assert (row["number"], row["key"], row["id"], row["title"]) == (7, cluster.key_of("a"), ["a"], [])
    assert [len(piece.encode()) for piece in row["text"]] == [65_534, 14_466]
    assert row["place"] == ['{"file": "f", "page": 3, "start": 1, "end": 2}']
    assert push.document_row(7, SimpleNamespace(**{**vars(found), "place": None}))["place"] == []


INFO = IndexInfo(name="x", documents=5, bytes=9, created="now", source="c.jsonl", fingerprint="f", version=2)
ALIAS = cluster.alias_of("x")


@pytest.mark.parametrize("terms", [3, 4])
@pytest.mark.parametrize(("aliases", "switch"), [([], "create_alias"), ([ALIAS], "alter_alias")])
def test_an_index_counts_once_all_of_it_is_there(terms: int, aliases: list[str], switch: str) -> None:
    fake = Fake({f"{ALIAS}__1": 5, f"{ALIAS}__1_terms": terms}, aliases=aliases)
    push.commit(fake, INFO, f"{ALIAS}__1", 3)  # type: ignore[arg-type]
    assert fake.calls[-1] == (switch, f"{ALIAS}__1", ALIAS)
    assert ("upsert", f"{ALIAS}__1_terms", [cluster.described(INFO)]) in fake.calls


@pytest.mark.parametrize(
    ("rows", "terms", "lacks", "said"), [(4, 3, "", "4 of 5"), (6, 3, "", "6 of 5"), (5, 2, "_terms", "2 of 3")]
)
def test_an_index_with_a_part_missing_never_counts(rows: int, terms: int, lacks: str, said: str) -> None:
    fake = Fake({f"{ALIAS}__1": rows, f"{ALIAS}__1_terms": terms})
    with pytest.raises(Problem) as raised:
        push.commit(fake, INFO, f"{ALIAS}__1", 3)  # type: ignore[arg-type]
    assert str(raised.value) == f"Milvus has {said} rows of index 'x': push it again"
    assert fake.calls[-1] == ("drop_collection", f"{ALIAS}__1{lacks}")
    assert not any("alias" in call[0] for call in fake.calls)


def test_old_states_of_an_index_are_swept_and_other_indexes_are_not() -> None:
    names = [f"{ALIAS}__1", f"{ALIAS}__1_terms", f"{ALIAS}__2", f"{ALIAS}__2_terms", "rankr1_xy__1", "foreign"]
    fake = Fake(dict.fromkeys(names, 0))
    push.sweep(fake, "x", {f"{ALIAS}__2", None})  # type: ignore[arg-type]
    dropped = [call[1] for call in fake.calls if call[0] == "drop_collection"]
    assert dropped == [f"{ALIAS}__1", f"{ALIAS}__1_terms"]
