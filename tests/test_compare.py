"""Rerankers over the same topics: measured, tested, and written as a page; what is done is not done again."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from rankr1_app import compare, engines
from rankr1_app.compare import Comparison, Measured, differing, lines, pairs, systems_of
from rankr1_app.engines.scorer import Scored, Scorer
from rankr1_app.errors import Problem
from rankr1_app.plan import EngineSpec
from rankr1_app.settings import Settings


def measured(name: str, *values: float) -> Measured:
    return Measured(name, {"nDCG@10": {f"q{n}": value for n, value in enumerate(values)}}, 3.0, 1200.0, 0.5)


def test_pairs_and_topics_that_differ() -> None:
    systems = [measured("a", 0.1, 0.5, 0.5), measured("b", 0.9, 0.5, 0.6), measured("c", 0.1, 0.5, 0.5)]
    found = pairs(systems, "nDCG@10")
    assert [(pair.first, pair.second) for pair in found] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert found[0].mean == pytest.approx(-0.3)
    assert all(pair.corrected >= pair.p for pair in found)
    assert differing(systems, "nDCG@10") == ["q0", "q2"]
    printed = list(lines(systems, found))
    assert printed[0].startswith("a\tnDCG@10\t0.3667\t[")
    assert printed[1] == "a\ta topic\t3.0 calls\t1200 tokens\t0.50 s"


def test_what_can_be_compared() -> None:
    own = Settings(base_url="http://x:1/v1")
    found = systems_of("none, rankgpt@http://y:2/v1,rankzephyr-7b", "", own)
    assert [(each.name, each.settings.base_url) for each in found] == [
        ("none", ""),
        ("rankgpt", "http://y:2/v1"),
        ("rankzephyr-7b", "http://x:1/v1"),
    ]
    assert [each.settings.reranker for each in systems_of("", "bm25,dense", Settings())] == ["none", "none"]
    for rerankers, retrievers in (("", ""), ("none,rankgpt", "bm25,dense")):
        with pytest.raises(Problem, match="give --rerankers A,B,C or --retrievers A,B,C, and not both"):
            systems_of(rerankers, retrievers, Settings())
    for alone in ("none", "none,none"):
        with pytest.raises(Problem, match="must be two or more, each named once"):
            systems_of(alone, "", Settings())


class Words(Scorer):
    """Scores a document by the words it shares with the query."""

    async def score(self, query: str, texts: Sequence[str]) -> Scored:
        asked = set(query.split())
        return Scored(tuple(float(len(asked & set(text.strip(".").split()))) for text in texts))


def words(spec: EngineSpec, concurrency: int) -> Words:
    """Stand in for an encoder, which takes seconds to load."""
    return Words("words", spec.model, "words", 1)


@pytest.fixture
def comparison(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Comparison:
    monkeypatch.setitem(engines.SCORERS, "encoder", engines.Kind("tests.test_compare:words", concurrency=1))
    texts = {"d1": "Granite is hard.", "d2": "Yeast makes dough rise.", "d3": "Tea is a drink."}
    corpus, topics, qrels, run = (tmp_path / name for name in ("c.jsonl", "t.tsv", "q.txt", "in.run"))
    corpus.write_text("".join(json.dumps({"id": name, "text": text}) + "\n" for name, text in texts.items()))
    topics.write_text("1\twhy does bread rise\n2\twhat is hard\n")
    qrels.write_text("1 0 d2 1\n2 0 d1 1\n")
    run.write_text("".join(f"{q} Q0 d{d} {d} {1 / d} x\n" for q in (1, 2) for d in (1, 2, 3)))
    return Comparison(
        systems=systems_of("none,minilm-cosine", "", Settings()),
        topics=topics,
        qrels=qrels,
        measures="RR@10 P@1",
        output=tmp_path / "out",
        run=run,
        corpus=corpus,
    )


def test_a_comparison_from_end_to_end(comparison: Comparison, monkeypatch: pytest.MonkeyPatch) -> None:
    printed = list(compare.compare(comparison))
    assert any(line.startswith("minilm-cosine\tRR@10\t1.0000\t[1.0000, 1.0000]") for line in printed)
    assert any(line.startswith("none\tRR@10\t0.7500") for line in printed)
    assert any(line.startswith("minilm-cosine\ta topic\t1.0 calls") for line in printed)
    html = (comparison.output / "report.html").read_text("utf-8")
    for address in re.findall(r'href="([^"]+)"', html):
        assert (comparison.output / address).is_file()
    assert "topics/1-minilm-cosine.html" in html

    def never(*_: Any) -> None:
        raise AssertionError("it was done before")

    monkeypatch.setattr(compare, "rerank_topics", never)
    assert list(compare.compare(comparison)) == printed
