"""The JSON of other rerankers' tools: RankLLM's requests (`query`, `candidates`) and Rankify's (`question`, `ctxs`).

Both are lists, RankLLM's JSON lines too. They are reranked as topics, a run and a corpus are, and come back as they
were, candidates in the new order and with a score that falls with the rank (1, 1/2, 1/3), as RankLLM writes it.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .batch import rerank_topics
from .errors import Problem, shown
from .retrieval.runs import read_run
from .settings import Settings
from .writing import check_apart, checked_file, replacing

Fields = dict[str, Any]
TEXTS = ("text", "segment", "contents", "content", "body", "passage")
"""Where a document's text stands, the first of them that is there."""


@dataclass(frozen=True)
class Request:
    """One query with its candidates, best first: `whole` is as it was written, `listed` names its list of candidates,
    `ids`, `titles` and `texts` are theirs."""

    topic: str
    query: str
    whole: Fields
    listed: str
    ids: Sequence[str]
    titles: Sequence[str]
    texts: Sequence[str]

    def reordered(self, ranking: Sequence[str]) -> Fields:
        """Return the request with its candidates in the order of a ranking of their ids."""
        by_id = dict(zip(self.ids, self.whole[self.listed], strict=True))
        order = [*ranking, *(each for each in self.ids if each not in set(ranking))]
        candidates = [by_id[document] | {"score": 1 / rank} for rank, document in enumerate(order, 1)]
        return self.whole | {self.listed: candidates}


def read_requests(path: Path) -> list[Request]:
    """Read a file of requests. Raises `Problem` for one of another shape, naming the request."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "they are not UTF-8"
        raise Problem(f"requests {shown(str(path))} cannot be read: {why}") from error
    try:
        whole = json.loads(text) if text.lstrip().startswith("[") else [json.loads(line) for line in lines(text)]
    except (ValueError, RecursionError):
        raise Problem(f"requests {shown(str(path))} are not JSON or JSON lines") from None
    found = [request(each, number, path.name) for number, each in enumerate(whole, 1)]
    if not found:
        raise Problem(f"requests {shown(str(path))} hold none")
    if len({each.topic for each in found}) < len(found):
        raise Problem(f"requests {shown(str(path))} name a topic twice, each must have a qid of its own")
    return found


def lines(text: str) -> list[str]:
    """Return the lines that hold something; only line feeds part them."""
    return [line for line in text.split("\n") if line.strip()]


def request(whole: Any, number: int, file: str) -> Request:
    """Return one request. Raises `Problem`."""
    where = f"{file}: request {number}"
    if not isinstance(whole, dict):
        raise Problem(f"{where} is not an object")
    listed = next((name for name in ("candidates", "ctxs") if isinstance(whole.get(name), list)), "")
    query = whole.get("query", whole.get("question"))
    fields = query if isinstance(query, dict) else {"text": query, "qid": whole.get("id")}
    text = fields.get("text")
    if not listed or not isinstance(text, str):
        raise Problem(f"{where} must have query and candidates as RankLLM has them, or question and ctxs as Rankify")
    topic = fields.get("qid")
    rows = [candidate(each, place, where) for place, each in enumerate(whole[listed], 1)]
    ids = [row[0] for row in rows]
    if len(set(ids)) < len(ids):
        raise Problem(f"{where} has a candidate twice, each must have an id of its own")
    return Request(
        named(number if topic is None else topic, f"{where}: qid"),
        text,
        whole,
        listed,
        ids,
        [row[1] for row in rows],
        [row[2] for row in rows],
    )


def candidate(whole: Any, place: int, where: str) -> tuple[str, str, str]:
    """Return id, title and text of a candidate. Raises `Problem`."""
    if not isinstance(whole, dict):
        raise Problem(f"{where}: candidate {place} is not an object")
    inner = whole.get("doc")
    fields: Mapping[str, Any] = inner if isinstance(inner, dict) else whole
    text = next((fields[name] for name in TEXTS if isinstance(fields.get(name), str)), None)
    if text is None:
        raise Problem(f"{where}: candidate {place} has no text, it must have one of {', '.join(TEXTS)}")
    title = fields.get("title")
    document = named(whole.get("docid", whole.get("id")), f"{where}: candidate {place}: id")
    return document, title if isinstance(title, str) else "", text


def named(value: Any, what: str) -> str:
    """Return an id. Raises `Problem` for what a run cannot hold."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not text or text.split() != [text]:
        raise Problem(f"{what} {shown(str(value), 40)} is not valid, it must be a word or a number")
    return text


def rerank_requests(settings: Settings, requests: Path, output: Path, record: Path | None) -> None:
    """Run `rankr1 rerank --requests`. It goes on where it was interrupted. Raises `Problem`."""
    checked_file(output, "output")
    check_apart(output, "output", {"requests": requests})
    found = read_requests(requests)
    run = output.with_name(output.name + ".run")
    with tempfile.TemporaryDirectory() as folder:
        topics, given, corpus = (Path(folder) / name for name in ("topics.jsonl", "given.run", "corpus.jsonl"))
        topics.write_text("".join(f"{line({'id': each.topic, 'text': each.query})}\n" for each in found), "utf-8")
        corpus.write_text("".join(f"{line(row)}\n" for row in documents(found)), "utf-8")
        given.write_text("".join(run_of(each) for each in found), "utf-8")
        rerank_topics(settings, topics, given, corpus, run, record)
    ranked = read_run(run)
    whole = [each.reordered([document for document, _ in ranked.get(each.topic, [])]) for each in found]
    listed = requests.read_text("utf-8-sig").lstrip().startswith("[")
    text = json.dumps(whole, ensure_ascii=False, indent=1) if listed else "".join(f"{line(each)}\n" for each in whole)
    with replacing(output, "output") as file:
        file.write(text)
    run.unlink()


def line(value: Fields) -> str:
    """Return one JSON line."""
    return json.dumps(value, ensure_ascii=False)


def documents(found: Sequence[Request]) -> list[Fields]:
    """Return the documents of all requests, each once. Raises `Problem` for an id with two texts."""
    rows: dict[str, Fields] = {}
    for each in found:
        for document, title, text in zip(each.ids, each.titles, each.texts, strict=True):
            row = {"id": document, "title": title, "text": text}
            if rows.setdefault(document, row) != row:
                raise Problem(f"requests give document {shown(document, 40)} two texts, it must have one")
    return list(rows.values())


def run_of(each: Request) -> str:
    """Return the candidates of a request as lines of a run, in their order, with their own scores where those fall."""
    numbers = [candidate.get("score") for candidate in each.whole[each.listed]]
    scores = [float(score) for score in numbers if isinstance(score, int | float) and math.isfinite(score)]
    if len(scores) < len(numbers) or scores != sorted(scores, reverse=True):
        scores = [float(len(numbers) - place) for place in range(len(numbers))]
    return "".join(
        f"{each.topic} Q0 {document} {rank} {score!r} given\n"
        for rank, (document, score) in enumerate(zip(each.ids, scores, strict=True), 1)
    )
