"""The reasoning over scores as it is written: readable, true, and the choice follows from it."""

from __future__ import annotations

from collections import Counter
from random import Random

from rankr1_app.explanation.claims import check
from rankr1_app.reranking.parse import parse
from rankr1_app.reranking.scores import UNKNOWN, Scores
from rankr1_app.training import examples, weighed
from rankr1_app.training.pools import Pool

from ..explanation.test_weighing import ANSWER, DOCUMENTS, SCORES

TEXTS = ("bread dough rises with yeast and warmth", "tea is a drink of leaves", "cats sleep", "why prices rise")
POOL = Pool([text.split() for text in TEXTS] * 2)
SETTING = examples.Setting(documents=(1, 10), words=(3, 6), synthetic=0.3, related=0.4, repeats=0.2)


def test_a_trace_is_written_as_shown() -> None:
    scores = [Scores(*each) for each in SCORES.values()]
    assert weighed.build(("bread", "rise"), tuple(DOCUMENTS.values()), scores) == ANSWER


def test_one_document_is_the_only_one() -> None:
    said = weighed.build(("bread",), ("stone",), [UNKNOWN])
    assert "[1] none of the words, words none, meaning none: it comes first.\nThe choice is [1]: the only one." in said


def test_every_drawn_trace_is_readable_and_true() -> None:
    rng, kinds = Random(3), Counter[str]()
    for _ in range(300):
        example = examples.draw(POOL, rng, SETTING, is_weighed=True)
        documents = {f"[{place}]": text for place, text in enumerate(example.documents, 1)}
        scores = {f"[{n}]": (each.words, each.meaning) for n, each in enumerate(example.scores, 1)}
        claims = check(example.trace, example.query, documents, scores)
        assert parse(example.trace, len(documents)).status == "ok"
        assert [claim for claim in claims if not claim.true] == []
        spoken_of = {claim.label for claim in claims if claim.kind in ("score", "dismissed")}
        assert spoken_of == set(documents)
        kinds.update(claim.kind for claim in claims)
    assert min(kinds[kind] for kind in ("none", "compared", "dismissed", "choice", "beats")) > 50
