"""Are the claims true? Every checkable one of recorded answers, against the words the model was shown.

Checkable are the claims that `rank-r1-nano` is taught to make (`explanation.claims`): the query asks about a word, the
word is there or missing in a document, so many are, the first stage gave such a score, one document is better than
another by what was said, the choice follows. Other models say things nobody can check by looking; their answers
hold no such claims, and none are counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .events import CallFinished, CallStarted, Candidate, Retrieved, SearchStarted
from .explanation.claims import Claim, check
from .reranking.prompt import defused, document_text
from .reranking.scores import Scores, scores_of
from .retrieval.protocol import sourced
from .store import read


@dataclass(frozen=True)
class Finding:
    """A claim, the recording and the call it was made in, and the document it speaks of (empty where no document
    stands behind its label, and where it speaks of the query)."""

    recording: Path
    call: int
    document: str
    claim: Claim


@dataclass(frozen=True)
class Question:
    """A call of a recorded search and its answer, with what checking that needs."""

    path: Path
    started: CallStarted
    finished: CallFinished
    query: str
    candidates: Mapping[str, Candidate]
    scores: Mapping[str, Scores]


def audit(recordings: Iterable[Path]) -> Iterator[Finding]:
    """Yield every checkable claim of every answer, in order. Raises `Problem` for a file that is no recording."""
    for path in recordings:
        for question in questions(path):
            yield from claims(question)


def questions(path: Path) -> Iterator[Question]:
    """Yield the calls of a recording that were answered, in the order of their ends. Raises `Problem`."""
    query = ""
    candidates: dict[str, Candidate] = {}
    scores: dict[str, Scores] = {}
    started: dict[int, CallStarted] = {}
    for event in read(path):
        match event:
            case SearchStarted():
                query = event.query
            case Retrieved():
                found = sourced(event.candidates, event.retriever, event.score_name)
                candidates, scores = {each.id: each for each in found}, scores_of(found)
            case CallStarted():
                started[event.call] = event
            case CallFinished():
                yield Question(path, started[event.call], event, query, candidates, scores)
            case _:
                pass


def claims(question: Question) -> Iterator[Finding]:
    """Yield the claims of one answer."""
    started, finished = question.started, question.finished
    sent = started.messages[-1].content if started.messages else ""
    labels = {f"[{place}]": document for place, document in enumerate(started.documents, 1)}
    texts = {label: shown_of(question.candidates[document], sent) for label, document in labels.items()}
    scores = {label: question.scores[document] for label, document in labels.items()}
    shown_scores = {label: (each.words, each.meaning) for label, each in scores.items()}
    for claim in check(finished.text, question.query, texts, shown_scores):
        yield Finding(question.path, finished.call, labels.get(claim.label, ""), claim)


def shown_of(candidate: Candidate, sent: str) -> str:
    """Return the part of a document that was sent: its longest start that occurs there, since long ones are cut."""
    whole = defused(document_text(candidate))
    low, high = 0, len(whole)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if whole[:middle] in sent else (low, middle - 1)
    return whole[:low]
