"""What a trained model says, measured: `python -m rankr1_app.training.figures MODEL`.

Calls are v0.2 calls of up to ten documents in first-stage order, decoded greedily, as the product makes them:
BM25's top ten for topics of a collection, and a few everyday questions with passages written by hand.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from ..explanation.claims import check, described, words
from ..reranking.parse import parse
from . import chat, examples, pools, traces

EVERYDAY = Path(__file__).parent / "everyday-calls.json"
REPEATING = Path(__file__).parent / "repeating.txt"
WORDS = 120


@dataclass(frozen=True, kw_only=True)
class Call:
    """One question to the model, and what it answered. `wanted` is what its training would have it answer."""

    query: str
    documents: tuple[str, ...]
    wanted: int
    answer: str = ""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Shares from 0 to 1 over a set of calls; `calls`, `claims` and `tokens` are counts."""

    calls: int
    readable: float
    claims: int
    true: float
    true_words: float
    spoken_of: float
    all_words: float
    wanted: float


def figures(calls: Sequence[Call]) -> Figures:
    """Measure answered calls.

    `readable` needs no repair; `true` is over all claims, `true_words` over those about a word; `spoken_of` is the
    share of documents with a line of their own; `all_words` the share of calls whose trace names exactly the words
    it should; `wanted` the share of winners that have the best evidence.
    """
    claims = [claim for call in calls for claim in check(call.answer, call.query, labelled(call))]
    about = [claim for claim in claims if claim.kind in ("there", "early", "missing")]
    read = [parse(call.answer, len(call.documents)) for call in calls]
    lines = sum(len(described(call.answer) & set(labelled(call))) for call in calls)
    named = [
        {claim.word for claim in check(call.answer, call.query, labelled(call)) if claim in about} for call in calls
    ]
    return Figures(
        calls=len(calls),
        readable=share_of(each.status == "ok" for each in read),
        claims=len(claims),
        true=share_of(claim.true for claim in claims),
        true_words=share_of(claim.true for claim in about),
        spoken_of=lines / max(1, sum(len(call.documents) for call in calls)),
        all_words=share_of(
            words == set(traces.content_words(call.query)) for words, call in zip(named, calls, strict=True)
        ),
        wanted=share_of(each.label == call.wanted + 1 for each, call in zip(read, calls, strict=True)),
    )


def share_of(flags: Iterator[bool]) -> float:
    """Return the share of flags that are True, 0 of none."""
    all_flags = list(flags)
    return sum(all_flags) / max(1, len(all_flags))


def labelled(call: Call) -> dict[str, str]:
    """Return the documents by label."""
    return {traces.label(place): text for place, text in enumerate(call.documents)}


def collection_calls(folder: Path, topics: str, many: int, seed: int = 1) -> list[Call]:
    """Return `many` topics of the collection in `folder`, asked as in `calls_of`."""
    queries = pools.read_topics(folder / topics)
    return calls_of(folder, Random(seed).sample(queries, min(many, len(queries))))


def repeating_calls(folder: Path) -> list[Call]:
    """Return short questions that say words twice, or nothing but function words, asked as in `calls_of`."""
    return calls_of(folder, REPEATING.read_text(encoding="utf-8").splitlines())


def calls_of(folder: Path, queries: Sequence[str]) -> list[Call]:
    """Return the queries, each with BM25's ten best documents of the collection in `folder`, cut at 120 words."""
    texts = list(pools.read_texts(folder / "corpus.jsonl"))
    pool = pools.Pool([text.split() for text in texts])
    calls = []
    for query in queries:
        best = best_matches(pool, query, 10)
        documents = tuple(" ".join(pool.texts[number][:WORDS]) for number in best)
        calls.append(unanswered(query, documents))
    return calls


def best_matches(pool: pools.Pool, query: str, many: int) -> list[int]:
    """Return the numbers of the texts that BM25 (k1 = 0.9, b = 0.4, no stemming) puts first."""
    mean = sum(map(len, pool.texts)) / len(pool.texts)
    scores: Counter[int] = Counter()
    for word in set(words(query)) - traces.FUNCTION_WORDS:
        for number in pool.places.get(word, [])[::2]:
            text = pool.texts[number]
            often = words(" ".join(text)).count(word)
            weight = pool.weight(word) * often / (often + 0.9 * (0.6 + 0.4 * len(text) / mean))
            scores[number] += round(1e6 * weight)
    return [number for number, _ in scores.most_common(many)] or list(range(many))


def everyday_calls(seed: int = 1) -> list[Call]:
    """Return the hand-written questions, each with its passages shuffled."""
    rows = json.loads(EVERYDAY.read_text(encoding="utf-8"))
    texts = [text for row in rows for text in row["documents"]]
    rng = Random(seed)
    calls = []
    for row in rows:
        others = rng.sample([text for text in texts if text not in row["documents"]], 10 - len(row["documents"]))
        documents = [*row["documents"], *others]
        rng.shuffle(documents)
        calls.append(unanswered(row["query"], tuple(documents)))
    return calls


def unanswered(query: str, documents: tuple[str, ...]) -> Call:
    """Return a call without its answer."""
    return Call(query=query, documents=documents, wanted=examples.winner(traces.content_words(query), documents))


def answer(folder: Path, calls: Sequence[Call], *, batch: int = 5, most: int = 400, bf16: bool = False) -> list[Call]:
    """Return the calls with what the model in `folder` answers, by Transformers, greedily."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    words: Any = AutoTokenizer.from_pretrained(folder, padding_side="left")
    network = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16 if bf16 else torch.float32)
    done: list[Call] = []
    for first in range(0, len(calls), batch):
        some = calls[first : first + batch]
        inputs = words([chat.chat(call.query, call.documents) for call in some], return_tensors="pt", padding=True)
        with torch.inference_mode():
            answers = network.generate(
                input_ids=inputs["input_ids"],
                attention_mask=inputs["attention_mask"],
                max_new_tokens=most,
                do_sample=False,
            )
        for call, row in zip(some, answers[:, inputs["input_ids"].shape[1] :], strict=True):
            text = words.decode(row, skip_special_tokens=True)
            done.append(Call(query=call.query, documents=call.documents, wanted=call.wanted, answer=text))
    return done


def main() -> None:
    """Print figures for topics of a collection and everyday questions, or for questions that repeat themselves, and
    the first answers as they are."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--collection", type=Path, default=Path("../shared/collections/scifact"))
    parser.add_argument("--topics", default="topics.tsv")
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--repeating", action="store_true", help="only short questions that say words twice")
    parser.add_argument("--shown", type=int, default=1)
    parser.add_argument("--bf16", action="store_true", help="in half precision, as the weights are stored")
    options = parser.parse_args()
    sets = {"repeating": repeating_calls(options.collection)} if options.repeating else {"everyday": everyday_calls()}
    if options.calls and not options.repeating:
        sets[options.collection.name] = collection_calls(options.collection, options.topics, options.calls)
    for name, calls in sets.items():
        began = time.monotonic()
        answered = answer(options.model, calls, bf16=options.bf16)
        spent = time.monotonic() - began
        for call in answered[: options.shown]:
            print(f"--- {call.query}\n{call.answer}\n")
        shown = figures(answered)
        print(
            f"{name}: {shown.calls} calls, readable {shown.readable:.1%}, claims {shown.claims}, "
            f"true {shown.true:.2%} (words {shown.true_words:.2%}), documents spoken of {shown.spoken_of:.1%}, "
            f"words as wanted {shown.all_words:.1%}, winner as wanted {shown.wanted:.1%}, "
            f"{spent / max(1, math.ceil(len(calls))):.1f} s a call",
            flush=True,
        )


if __name__ == "__main__":
    main()
