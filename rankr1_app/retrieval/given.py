"""A first stage that was run elsewhere: a TREC run and the corpus it is about."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from ..errors import Problem, shown
from ..events import Candidate
from .corpus import read as read_corpus
from .runs import run_lines, twice

TABLES = """
create table candidate (topic text, document text, score real, rank integer, primary key (topic, document));
create table document (id text primary key, title text, text text);
"""


class Given:
    """A run and the texts of its first `depth` documents for each of `topics`, in a temporary database: memory does
    not grow with either; `topics` are left that have candidates. Raises `Problem` for files that do not fit
    together."""

    def __init__(self, run: Path, corpus: Path, topics: Collection[str], depth: int) -> None:
        self.corpus = corpus.name
        self.scored = True
        self.lock = threading.Lock()
        # The empty name makes SQLite keep it in a file of its own, and delete that at the end.
        self.database = sqlite3.connect("", check_same_thread=False)
        weakref.finalize(self, self.database.close)
        self.database.executescript(TABLES)
        self.load_run(run)
        self.topics = self.have(topics, run)
        self.load_texts(corpus, depth)

    def load_run(self, run: Path) -> None:
        """Load the run's lines; each document once a topic."""
        for place in run_lines(run):
            self.scored = place.scored
            row = (place.topic, place.document, place.score, place.rank)
            try:
                self.database.execute("insert into candidate values (?, ?, ?, ?)", row)
            except sqlite3.IntegrityError:
                raise twice(place) from None

    def have(self, topics: Collection[str], run: Path) -> set[str]:
        """Return which of the topics have candidates. Raises `Problem` if none has."""
        have = {topic for (topic,) in self.database.execute("select distinct topic from candidate")}
        if not have & {*topics}:
            raise Problem(
                f"run {shown(str(run))} has none of the topics: its first is {shown(min(have), 40)}, "
                f"the first asked for is {shown(next(iter(topics)), 40)}"
            )
        return have & {*topics}

    def load_texts(self, corpus: Path, depth: int) -> None:
        """Load the texts that the first `depth` documents of the topics need. Raises `Problem` where the corpus lacks
        some, before anything slow is done with them."""
        self.database.execute("create table wanted (id text primary key)")
        for topic in self.topics:
            self.database.execute(
                "insert or ignore into wanted select document from candidate where topic = ?"
                " order by score desc, rank, document limit ?",
                (topic, depth),
            )
        for document in read_corpus(corpus):
            self.database.execute(
                "insert into document select ?, ?, ? where exists (select 1 from wanted where id = ?)",
                (document.id, document.title, document.text, document.id),
            )
        lacking, first = self.database.execute(
            "select count(*), min(id) from wanted where id not in (select id from document)"
        ).fetchone()
        if lacking:
            raise Problem(
                f"corpus {shown(str(corpus))} lacks {lacking} of the documents that the run begins with, the first is "
                f"{shown(first, 40)}; give the corpus it was made on"
            )

    def topic(self, topic: str) -> Topic:
        """Return the first stage of one topic."""
        return Topic(self, topic)

    def found(self, topic: str, depth: int) -> list[tuple[str, float, str | None, str | None]]:
        """Return id, score, title and text, best first, ties by rank as written, then by id. Without a text where the
        corpus lacks it."""
        with self.lock:
            return self.database.execute(
                "select document, score, title, document.text from candidate left join document on document = id"
                " where topic = ? order by score desc, rank, document limit ?",
                (topic, depth),
            ).fetchall()

    def text(self, document: str) -> tuple[str, str] | None:
        """Return title and text of a document."""
        with self.lock:
            found: tuple[str, str] | None = self.database.execute(
                "select title, text from document where id = ?", (document,)
            ).fetchone()
        return found

    def beyond(self, topic: str, depth: int) -> list[str]:
        """Return the ids below the first `depth`, in the same order."""
        with self.lock:
            rows = self.database.execute(
                "select document from candidate where topic = ? order by score desc, rank, document limit -1 offset ?",
                (topic, depth),
            ).fetchall()
        return [document for (document,) in rows]


@dataclass(frozen=True)
class Topic:
    """The candidates of one topic, as the run has them. A `Retriever`."""

    given: Given
    topic: str
    name: str = "run"

    @property
    def score_name(self) -> str:
        """What the scores are."""
        return "score of the given run" if self.given.scored else "1 / rank in the given run, which has no scores"

    @property
    def index(self) -> str:
        """The corpus's file."""
        return self.given.corpus

    def search(self, query: str, depth: int) -> tuple[Candidate, ...]:
        """Return the first `depth` documents of the run; the query is not looked at."""
        candidates = []
        for rank, (document, score, title, text) in enumerate(self.given.found(self.topic, depth), 1):
            if title is None or text is None:
                raise Problem(
                    f"document {shown(document)} of the run is not in the corpus, give the corpus it was made on"
                )
            candidates.append(Candidate(id=document, title=title, text=text, rank=rank, score=score))
        return tuple(candidates)

    def document(self, document: str) -> Candidate | None:
        """Return the document of that id, if the run needs it."""
        row = self.given.text(document)
        return row and Candidate(id=document, title=row[0], text=row[1], rank=0, score=0.0)
