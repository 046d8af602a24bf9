"""Vectors of an index: whole or not there, made once, and searched as brute force would."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy
import pytest

from rankr1_app.cli import main
from rankr1_app.errors import Problem
from rankr1_app.retrieval import bm25, indexes, vectors
from rankr1_app.retrieval.folder import is_index
from tests.retrieval.embedder import Hashed, Server

if TYPE_CHECKING:
    from rankr1_app.retrieval.encoders import Vectors

WORDS = [
    "ant",
    "bee",
    "cow",
    "dog",
    "eel",
    "fox",
    "gnu",
    "hen",
    "ibis",
    "jay",
    "koi",
    "lynx",
    "mole",
    "newt",
    "owl",
    "pig",
    "rat",
    "seal",
    "toad",
    "vole",
]
DOCUMENTS = 300


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three hundred short documents."""
    path = tmp_path_factory.mktemp("corpus") / "c.jsonl"
    dice = numpy.random.default_rng(7)
    rows = [{"id": f"d{n:03}", "title": f"t{n}", "text": " ".join(dice.choice(WORDS, 3))} for n in range(DOCUMENTS)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture(scope="module")
def text(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> indexes.IndexInfo:
    """An index without vectors, which nobody changes."""
    return indexes.build(corpus, "text", tmp_path_factory.mktemp("index"))[0]


@pytest.fixture
def info(text: indexes.IndexInfo, tmp_path: Path) -> indexes.IndexInfo:
    """An index without vectors, of its own."""
    shutil.copytree(text.folder, tmp_path / "text")
    return indexes.read_meta(tmp_path / "text")


def matrix(info: indexes.IndexInfo) -> Vectors:
    """The vectors of an index."""
    return vectors.searcher(info).matrix


def test_a_vector_for_each_document_in_lucenes_order(info: indexes.IndexInfo) -> None:
    encoder, told = Hashed(), list[vectors.Progress]()
    made = vectors.build(info, encoder, told.append)
    assert made == indexes.read_meta(Path(info.folder))
    assert made.parts == ("lucene", "vectors")
    assert made.vectors is not None
    assert (made.vectors.encoder, made.vectors.lists) == (encoder.entry.identity, 0)
    opened = bm25.opened(info.folder)
    texts = [f"{each.title} {each.text}" for each in opened.numbered(range(DOCUMENTS))]
    opened.close()
    assert sorted(texts) == sorted(encoder.texts)
    assert numpy.array_equal(matrix(made), encoder.embed(texts, "passage"))
    assert [each.done for each in told] == [0, 128, 256, 300]
    assert is_index(Path(info.folder))


def test_made_once(info: indexes.IndexInfo) -> None:
    made = vectors.build(info, Hashed())
    again = Hashed()
    assert vectors.build(info, again) == made
    assert again.texts == []


def test_nearest_are_those_of_brute_force(info: indexes.IndexInfo) -> None:
    made, encoder = vectors.build(info, Hashed()), Hashed()
    found, all_of_them = vectors.searcher(made), matrix(made)
    assert found.how == "all compared, on the CPU"
    for query in WORDS:
        vector = encoder.embed([query], "query")[0]
        scores = all_of_them @ vector
        nearest = found.nearest(vector, 10)
        assert [score for _, score in nearest] == pytest.approx(sorted(scores.tolist(), reverse=True)[:10], abs=1e-6)
        assert [scores[number] for number, _ in nearest] == pytest.approx([score for _, score in nearest], abs=1e-6)
    assert len(found.nearest(vector, 1000)) == DOCUMENTS


def test_many_vectors_are_sorted_into_lists(info: indexes.IndexInfo) -> None:
    made, encoder = vectors.build(info, Hashed(), flat=DOCUMENTS - 1), Hashed()
    assert made.vectors is not None
    assert (made.vectors.lists, made.vectors.probes) == (7, 7)
    found = vectors.searcher(made)
    assert found.how == "the 7 nearest of 7 lists, on the CPU"
    vector = encoder.embed(["owl"], "query")[0]
    scores = (matrix(made) @ vector).tolist()
    assert [score for _, score in found.nearest(vector, 10)] == pytest.approx(sorted(scores)[:-11:-1], abs=1e-6)


@pytest.mark.parametrize("moment", range(0, DOCUMENTS, 60))
def test_a_killed_build_leaves_the_index_and_goes_on(info: indexes.IndexInfo, moment: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        vectors.build(info, Hashed(failing=moment))
    assert indexes.read_meta(Path(info.folder)) == info
    assert is_index(Path(info.folder))
    again = Hashed()
    part = next(Path(info.folder).glob("vectors-*/vectors.f32"))
    with part.open("ab") as file:
        file.write(b"half a vector")
    made = vectors.build(info, again)
    assert len(again.texts) == DOCUMENTS - moment // vectors.WINDOW * vectors.WINDOW
    assert made.vectors is not None
    assert made.vectors.cut == DOCUMENTS - DOCUMENTS
    whole = Hashed()
    assert numpy.array_equal(matrix(made)[-len(again.texts) :], whole.embed(again.texts, "passage"))


def test_killed_before_it_counts(info: indexes.IndexInfo, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(indexes, "write_meta", interrupted)
        with pytest.raises(KeyboardInterrupt):
            vectors.build(info, Hashed())
    assert indexes.read_meta(Path(info.folder)) == info
    again = Hashed()
    assert vectors.build(info, again).vectors is not None
    assert again.texts == []


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def test_another_encoder_takes_the_place_of_the_first(info: indexes.IndexInfo) -> None:
    first = vectors.build(info, Hashed())
    second = vectors.build(info, Hashed("other", 8))
    assert first.vectors is not None
    assert second.vectors is not None
    assert second.vectors.encoder["name"] == "other"
    assert [path.name for path in Path(info.folder).glob("vectors-*")] == [second.vectors.folder]
    assert matrix(second).shape == (DOCUMENTS, 8)


def test_an_index_replaced_meanwhile(info: indexes.IndexInfo, corpus: Path) -> None:
    class Slow(Hashed):
        def cut(self, texts: object) -> int:
            if self.entry.name == "hashed":
                self.entry = Hashed("slow").entry
                indexes.build(corpus, "text", Path(info.folder).parent)
            return 0

    with pytest.raises(Problem, match="index 'text' changed while its vectors were built, build them again"):
        vectors.build(info, Slow())
    assert vectors.build(indexes.read_meta(Path(info.folder)), Hashed()).vectors is not None


def test_vectors_that_cannot_be_used(info: indexes.IndexInfo) -> None:
    with pytest.raises(Problem, match="index 'text' has no vectors, `rankr1 index build --dense --name text` adds"):
        vectors.searcher(info)
    made = vectors.build(info, Hashed())
    file = next(Path(info.folder).glob("vectors-*/vectors.f32"))
    for size in (16 * 4 * 10, 17, 0):
        with file.open("r+b") as part:
            part.truncate(size)
        with pytest.raises(Problem, match="vectors of index 'text' are damaged or not whole: delete folder"):
            vectors.searcher(made)
    file.unlink()
    with pytest.raises(Problem, match="damaged or not whole"):
        vectors.searcher(made)


def test_a_full_disk_is_said(info: indexes.IndexInfo, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> Iterator[None]:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(vectors, "ahead", full)
        with pytest.raises(Problem, match="cannot be written to .* No space left on device; make room"):
            vectors.build(info, Hashed())
    assert vectors.build(info, Hashed()).vectors is not None


def test_by_command(corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], data_folder: Path) -> None:
    own = data_folder / "encoders.toml"
    own.write_text('["two"]\nabout = ""\nmodel = "m"\ndimension = 2\ntokens = 4\npooling = "mean"\nlicence = ""\n')
    build = ["index", "build", "--name", "x", "--dir", str(tmp_path), "--dense", "--encoder", "two"]
    try:
        with Server() as server:
            main([*build, str(corpus), f"--encoder-url={server.url}"])
            out, err = capsys.readouterr()
            assert out.splitlines() == ["x\t300 documents", "x\t300 vectors by two, all of which are searched"]
            assert f"encoding with two on {server.url}" in err
            sent = len(server.requests)
            main([*build, str(corpus), f"--encoder-url={server.url}"])
            assert "is of this very corpus and is kept" in capsys.readouterr().err
            main([*build, f"--encoder-url={server.url}"])
            assert len(server.requests) == sent == 3
        assert indexes.show(str(tmp_path / "x")).vectors is not None
    finally:
        own.unlink()
    for wrong, words in (
        (["--dense", "--encoder", "none"], "encoder 'none' is unknown, known are all-MiniLM-L6-v2"),
        ([], "Missing argument 'CORPUS'"),
        (["--dense"], "index '.*nowhere' does not exist"),
    ):
        with pytest.raises(SystemExit):
            main(["index", "build", "--name", "nowhere", "--dir", str(tmp_path), *wrong])
        assert words.split(".*")[-1] in capsys.readouterr().err
