"""Indexes in Milvus, of which Milvus Lite stands for all: the same documents, order and scores as on this machine."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from rankr1_app.cli import main
from rankr1_app.errors import Problem
from rankr1_app.inquiry import Inquiry
from rankr1_app.plan import public
from rankr1_app.retrieval import (
    IN_MILVUS,
    bm25,
    cluster,
    dense,
    hybrid,
    indexes,
    marked,
    milvus,
    push,
    remote,
    vectors,
)
from rankr1_app.retrieval.indexes import IndexInfo
from rankr1_app.retrieval.protocol import Choices, Explains, Retriever, Rewrites
from rankr1_app.service import Service
from rankr1_app.settings import Settings
from rankr1_app.web.shapes import Changes
from tests.retrieval.embedder import Hashed

ODD = ('a"b', "it's", "back\\slash", 'x"or(key>0)or"', "{a}{0}%s", "漢字😀é", "x" * 500, "[1,2]", "-1")
WORDS = ["the", "of", "bread", "breads", "rising", "dough", "ovens", "oven's", "yeast", "café", "漢字", "run", "runs"]
WORDS += ["runner", "x1", "1995", "a.b", "i'm", "😀", "naïve"]
LONG = "the yeast — é漢😀 " * 12_000
"""Over 65,535 bytes four times, with characters of one to four bytes."""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some hundred documents of few words, so that many scores tie; some have ids, texts or titles that are odd."""
    dice, path = random.Random(7), tmp_path_factory.mktemp("corpus") / "c.jsonl"
    rows = [{"id": name, "title": "odd", "text": f"yeast {name}"} for name in ODD]
    rows += [{"id": "long", "title": "é" * 70_000, "text": LONG}, {"id": "stop", "title": "", "text": "of the"}]
    for number in range(150):
        text = " ".join(dice.choices(WORDS, k=dice.choice([1, 2, 3, 3, 8, 60])))
        rows.append({"id": f"d{number}", "title": dice.choice(["", "bread"]), "text": text})
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


@pytest.fixture(scope="module")
def info(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> IndexInfo:
    """Their index, with vectors."""
    return vectors.build(indexes.build(corpus, "odd-1.0_x", tmp_path_factory.mktemp("index"))[0], Hashed())


@pytest.fixture(scope="module")
def choices(info: IndexInfo, place: str) -> Choices:
    """Of the Milvus that has their index."""
    done = push.push(info.folder, cluster.connect(place, make=True))
    assert (done.info, done.start, done.replaced, done.unchanged) == (info, 0, False, False)
    return Choices(milvus=place)


@pytest.fixture(autouse=True)
def hashed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the quick encoder for the one that an index names."""
    for module in (dense, remote):
        monkeypatch.setattr(module, "encoder_of", lambda info, _url: Hashed(info.vectors.encoder["name"]))


def queries() -> Iterator[str]:
    dice = random.Random(8)
    yield from ("", "the", "zeppelin", "xyzzy the", " ".join(WORDS), "yeast yeast yeast", "bread", 'yeast" or 1 == 1')
    for _ in range(30):
        yield " ".join(dice.choices([*WORDS, "unheard"], k=dice.randint(1, 6)))


def test_words_are_found_in_lucenes_order_with_lucenes_scores(info: IndexInfo, choices: Choices) -> None:
    here, there = bm25.open_index(info.folder), milvus.open_words(info.folder, choices)
    assert (there.name, there.index, there.score_name) == ("milvus", "odd-1.0_x", "BM25")
    exact = seen = 0
    for query in queries():
        for depth in (3, 60):
            expected, found = here.search(query, depth), there.search(query, depth)
            assert [each.id for each in found] == [each.id for each in expected], (query, depth)
            # The fourth digit is rounded: a difference in the seventh may turn it.
            assert [each.score for each in found] == pytest.approx([each.score for each in expected], abs=1.1e-4)
            exact += sum(one.score == other.score for one, other in zip(found, expected, strict=True))
            seen += len(found)
            assert [(each.rank, each.title, each.text) for each in found] == [
                (each.rank, each.title, each.text) for each in expected
            ]
    assert exact > 0.99 * seen > 800


def test_ties_at_the_end_are_decided_by_ids(info: IndexInfo, choices: Choices, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(milvus, "MARGIN", 0)
    here, there = bm25.open_index(info.folder), milvus.open_words(info.folder, choices)
    for query in ("odd", "yeast", "bread"):
        for depth in range(1, 12):
            assert [each.id for each in there.search(query, depth)] == [each.id for each in here.search(query, depth)]


def test_what_words_do_is_explained_as_on_this_machine(info: IndexInfo, choices: Choices) -> None:
    here, there = bm25.open_index(info.folder), milvus.open_words(info.folder, choices)
    for query in islice(queries(), 30):
        assert there.explain(query) == here.explain(query)
        assert there.note(query) == here.note(query)
        for candidate in here.search(query, 3):
            expected, found = here.terms(query, candidate.id), there.terms(query, candidate.id)
            assert [(each.stem, each.words, each.often) for each in found] == [
                (each.stem, each.words, each.often) for each in expected
            ]
            assert [each.weight for each in found] == pytest.approx([each.weight for each in expected], abs=1e-5)


def test_documents_are_whole_whatever_their_ids_and_texts(info: IndexInfo, choices: Choices) -> None:
    here, there = bm25.open_index(info.folder), milvus.open_words(info.folder, choices)
    for document in (*ODD, "long", "stop"):
        assert there.document(document) == here.document(document) is not None
    found = there.document("long")
    assert found is not None
    assert (found.text, len(found.title)) == (LONG, 70_000)
    for document in ("", "nobody", 'a" or key > 0 or "', "\\", "d0 ", "é" * 3000):
        assert there.document(document) is None


def test_meaning_is_found_in_the_order_of_this_machine(info: IndexInfo, choices: Choices) -> None:
    here, there = dense.open_index(info.folder), milvus.open_meaning("odd-1.0_x", choices)
    assert (there.name, there.score_name, there.encoder) == ("milvus-dense", here.score_name, here.encoder)
    for query in ("yeast", "bread of ovens", "naïve 漢字 runner"):
        expected, found = here.search(query, 40), there.search(query, 40)
        assert [each.id for each in found] == [each.id for each in expected]
        assert [each.score for each in found] == pytest.approx([each.score for each in expected], abs=1e-5)
        assert there.sentences(query, found[0]) == here.sentences(query, expected[0])


@pytest.mark.parametrize("fusion", ["min-max", "rrf"])
def test_both_are_fused_as_on_this_machine(info: IndexInfo, choices: Choices, fusion: str) -> None:
    here = hybrid.open_index(info.folder, Choices(fusion=fusion))
    there = milvus.open_both("odd-1.0_x", Choices(fusion=fusion, milvus=choices.milvus))
    assert (there.name, there.score_name) == ("milvus-hybrid", here.score_name)
    for query in ("yeast", "bread of ovens", "naïve 漢字 runner", "zeppelin"):
        expected, found = here.search(query, 20), there.search(query, 20)
        assert [each.id for each in found] == [each.id for each in expected]
        for one, other in zip(found, expected, strict=True):
            ranks = {source.retriever: source.rank for source in other.sources if source.rank <= 100}
            renamed = {"milvus": "bm25", "milvus-dense": "dense"}
            assert {renamed[source.retriever]: source.rank for source in one.sources} == ranks
            near = {source.retriever: source.near for source in other.sources}
            for source in one.sources:
                assert source.near == (near[renamed[source.retriever]] and pytest.approx(near["dense"], abs=1e-5))
        assert there.note(query) == here.note(query)


@pytest.mark.parametrize(
    ("language", "text", "query"),
    [("de", "Die Häuser der Gärtner wachsen im Garten.", "Haus Garten"), ("th", "แมวกินปลาในบ้าน", "แมว ปลา")],
)
def test_another_language_and_places_in_files(
    place: str, tmp_path: Path, choices: Choices, language: str, text: str, query: str
) -> None:
    (tmp_path / "files").mkdir()
    for number in range(6):
        (tmp_path / "files" / f"f{number}.md").write_text(f"# {number}\n\n" + f"{text}\n\n" * (number + 1), "utf-8")
    info = indexes.build(tmp_path / "files", f"in-{language}", tmp_path, language=language)[0]
    push.push(info.folder, cluster.connect(place))
    here, there = bm25.open_index(info.folder), milvus.open_words(info.name, choices)
    expected = here.search(query, 9)
    assert [(each.id, each.place) for each in there.search(query, 9)] == [(each.id, each.place) for each in expected]
    assert expected[0].place is not None
    assert there.note("zeppelin") == here.note("zeppelin")
    with pytest.raises(Problem, match="is in Milvus without vectors: `rankr1 index build --dense"):
        milvus.open_both(info.name, choices)


def test_by_command_where_the_index_itself_is_not(
    info: IndexInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = str(tmp_path / "own.db")
    with pytest.raises(SystemExit):
        main(["index", "push", info.folder])
    assert "Missing option '--milvus'" in capsys.readouterr().err
    for how in ("", ", there already"):
        main(["index", "push", info.folder, "--milvus", place])
        out = capsys.readouterr().out
        assert re.fullmatch(rf"odd-1.0_x\t{info.documents} documents, \d+ terms, vectors by hashed{how}\n", out)
    monkeypatch.setenv("RANKR1_MILVUS", place)
    searched = ["--index", "odd-1.0_x", "--reranker", "none", "--retriever", "milvus-hybrid"]
    main(["search", "bread ovens", *searched, "--format", "json", "--record", str(tmp_path / "record.jsonl")])
    found = json.loads(capsys.readouterr().out)
    assert [source["retriever"] for source in found["ranking"][0]["sources"]] == ["milvus", "milvus-dense"]
    assert "own.db" not in (tmp_path / "record.jsonl").read_text()
    (tmp_path / "topics.tsv").write_text("1\tbread ovens\n")
    main(["rerank", *searched, "--topics", str(tmp_path / "topics.tsv"), "--output", str(tmp_path / "out.run")])
    assert (tmp_path / "out.run").read_text().split()[2] == found["ranking"][0]["id"]
    with pytest.raises(SystemExit):
        main(["doctor", *searched[:-1], "milvus", "--index", "nowhere"])
    assert "index\tFAILED\tindex 'nowhere' is not in Milvus at " in capsys.readouterr().out
    main(["doctor", *searched])
    told = f"index\tok\todd-1.0_x, {info.documents} documents, English analyser, vectors by hashed, at {place}"
    assert told in capsys.readouterr().out
    main(["search", "bread", *searched, "--like", "d1", "--format", "json"])
    assert json.loads(capsys.readouterr().out)["rewritten"]["documents"] == ["d1"]


@pytest.mark.parametrize("kind", ["milvus", "milvus-dense", "milvus-hybrid"])
def test_more_like_marked_documents_as_on_this_machine(info: IndexInfo, choices: Choices, kind: str) -> None:
    pairs: dict[str, tuple[Retriever, Retriever]] = {
        "milvus": (bm25.open_index(info.folder), milvus.open_words(info.name, choices)),
        "milvus-dense": (dense.open_index(info.folder), milvus.open_meaning(info.name, choices)),
        "milvus-hybrid": (hybrid.open_index(info.folder), milvus.open_both(info.name, choices)),
    }
    for documents in (("d1",), ("d2", "d3", 'a"b')):
        here, there = (marked.like(each, documents) for each in pairs[kind])
        expected, found = here.search("yeast dough", 15), there.search("yeast dough", 15)
        assert [each.id for each in found] == [each.id for each in expected]
        assert [each.score for each in found] == pytest.approx([each.score for each in expected], abs=2e-4)
        assert there.score_name == here.score_name
        assert isinstance(here, Rewrites)
        assert isinstance(there, Rewrites)
        assert there.rewrite("yeast dough") == here.rewrite("yeast dough")
        if isinstance(here, Explains) and isinstance(there, Explains):
            terms, others = there.terms("yeast", found[0].id), here.terms("yeast", found[0].id)
            assert [each.stem for each in terms] == [each.stem for each in others]
            assert [each.weight for each in terms] == pytest.approx([each.weight for each in others], abs=1e-5)


def test_the_story_of_a_document(info: IndexInfo, choices: Choices) -> None:
    settings = Settings(index=info.name, retriever="milvus-hybrid", milvus=choices.milvus, reranker="none")
    (found,) = Inquiry(Service(settings), settings, "yeast dough").find('a"b')["documents"]
    assert [source["retriever"] for source in found["sources"]] == ["milvus", "milvus-dense"]
    assert sum(term["weight"] for term in found["terms"]) == pytest.approx(found["sources"][0]["score"], abs=1e-4)
    assert (found["encoder"], bool(found["sentences"])) == ("hashed", True)


def test_a_visitor_may_choose_it_where_the_server_has_it_and_never_say_where(place: str) -> None:
    without, having = Service(Settings()), Service(Settings(milvus=place))
    assert not {*IN_MILVUS} & {*without.catalogue()["retrievers"]}
    assert {*IN_MILVUS} < {*having.catalogue()["retrievers"]}
    assert having.allowed({"retriever": "milvus"}).milvus == place
    assert place not in json.dumps(having.catalogue())
    assert "milvus" not in public(Settings(milvus=place))
    assert "milvus" not in Changes.model_fields
    with pytest.raises(Problem, match="retriever 'milvus' needs an address, give --milvus"):
        without.allowed({"retriever": "milvus"})
    for service in (without, having):
        with pytest.raises(Problem, match="setting 'milvus' is unknown"):
            service.allowed({"milvus": "http://127.0.0.1:1"})


def test_a_server_by_its_address_and_when_it_has_gone(
    tmp_path: Path, info: IndexInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    from milvus_lite.adapter.grpc.server import start_server_in_thread

    server, data, port = start_server_in_thread(str(tmp_path / "served"))
    monkeypatch.setenv("RANKR1_MILVUS_TOKEN", "root:Milvus")
    there = Choices(milvus=f"http://127.0.0.1:{port}")
    push.push(info.folder, cluster.connect(there.milvus))
    words = milvus.open_words(info.name, there)
    expected = [each.id for each in bm25.open_index(info.folder).search("yeast", 5)]
    assert [each.id for each in words.search("yeast", 5)] == expected
    server.stop(grace=0).wait()
    data.close()
    monkeypatch.setattr(cluster, "ANSWER", 1)
    with pytest.raises(Problem, match=f"Milvus at 'http://127.0.0.1:{port}' does not answer: check --milvus, and"):
        words.search("bread", 5)
