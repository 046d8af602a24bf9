"""The Lucene part of an index: built by Anserini, with Lucene's analyser of a language."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ..errors import Problem, shown
from . import corpus as corpora
from . import java
from .languages import ENGLISH, THAI
from .thai import divided

CHUNK = 20_000
"""Documents in one file handed to Lucene, which reads several at once."""
Progress = Callable[[corpora.Report], None]


def analyser(language: str) -> Any:
    """Return the analyser of `prepared` texts of a language, the one that Anserini indexes it with."""
    analysers = java.classes("io.anserini.analysis.AnalyzerMap")
    default = java.classes("io.anserini.analysis.DefaultEnglishAnalyzer")
    if language == ENGLISH:
        return default.newDefaultInstance()
    if language == THAI:
        return default.newNonStemmingInstance(thai_stop_words())
    if analysers.analyzerMap.containsKey(language):
        return analysers.getLanguageSpecificAnalyzer(language)
    return java.classes("org.apache.lucene.analysis.core.WhitespaceAnalyzer")()


def prepared(text: str, language: str) -> str:
    """Return a text as the language's analyser is given it."""
    return divided(text) if language == THAI else text


def thai_stop_words() -> Any:
    """Return Lucene's stop words of Thai."""
    return java.classes("org.apache.lucene.analysis.th.ThaiAnalyzer").getDefaultStopSet()


def write_chunks(
    chunks: Path, documents: Iterable[corpora.Document], language: str, report: corpora.Report, progress: Progress
) -> None:
    """Write the corpus in Lucene's terms: `contents` is title, blank, text; title and text are kept beside it."""
    number, documents = 0, iter(documents)
    while True:
        with (chunks / f"{number:06}.jsonl").open("w", encoding="utf-8") as file:
            for written, document in enumerate(documents, 1):
                contents = prepared(f"{document.title} {document.text}".strip(), language)
                row: dict[str, Any] = {"id": document.id, "contents": contents}
                row |= {"title": document.title, "text": document.text}
                if document.place is not None:
                    row["place"] = vars(document.place)
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                if written % 1000 == 0:
                    progress(report)
                if written == CHUNK:
                    break
            else:
                progress(report)
                return
        number += 1


def index(chunks: Path, target: Path, documents: int, language: str) -> None:
    """Let Anserini index the chunks. Raises `Problem` unless every document arrived."""
    options = {
        "-collection": "JsonCollection",
        "-input": str(chunks),
        "-index": str(target),
        "-generator": "DefaultLuceneDocumentGenerator",
        "-threads": str(os.cpu_count() or 1),
        "-memoryBuffer": "512",
    }
    if language == THAI:
        stop_words = chunks / "stopwords.txt"
        with java.LOCK:
            stop_words.write_text(thai_stop_words().toString().strip("[]").replace(", ", "\n"), "utf-8")
        options |= {"-stemmer": "none", "-stopwords": str(stop_words)}
    else:
        options["-language"] = language
    arguments = [part for option in options.items() for part in option]
    collection = java.classes("io.anserini.index.IndexCollection")
    java.log_by_core()
    try:
        java.long(lambda: collection.main([*arguments, "-storeRaw", "-optimize", "-quiet"]))
    except Exception as error:
        raise Problem("Lucene could not build the index, the disk may be full") from error
    found = count(target)
    if found != documents:
        raise Problem(f"Lucene indexed {found} of {documents} documents, the disk may be full")


def count(folder: Path) -> int:
    """Return how many documents a Lucene folder has. Raises `Problem` for what is none."""
    with java.LOCK:
        searcher = searcher_of(folder)
        try:
            return int(searcher.get_total_num_docs())
        finally:
            searcher.close()


def searcher_of(folder: Path) -> Any:
    """Return Anserini's searcher on a Lucene folder. Raises `Problem` for what is none."""
    made = java.classes("io.anserini.search.SimpleSearcher")
    try:
        return made(str(folder))
    except Exception as error:
        place = shown(str(folder.parent), 200)
        raise Problem(
            f"index {place} cannot be opened: files of Lucene are missing or damaged, build it again"
        ) from error
