"""Topics and judgements of known collections, by ir_datasets: `ir_datasets:beir/scifact/test` in place of a file.

The package is not among those that the product needs: `pip install ir_datasets`. It fetches what it lacks and keeps it
in a folder of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import Problem, shown

PREFIX = "ir_datasets:"


def named(path: Path) -> str:
    """Return the name of the collection that stands in place of a file, empty for a file."""
    text = path.as_posix()
    return text.removeprefix(PREFIX) if text.startswith(PREFIX) else ""


def topics(name: str) -> Iterator[tuple[str, str]]:
    """Yield the ids and queries of a collection. Raises `Problem`."""
    for each in rows(name, "queries"):
        text = getattr(each, "text", None) or getattr(each, "title", None) or getattr(each, "query", None)
        if text is None:
            raise Problem(f"topics of {shown(name)} have no text that could be searched for")
        yield str(each.query_id), str(text)


def judgements(name: str) -> Iterator[tuple[str, str, str]]:
    """Yield topic, document and grade of each judgement of a collection. Raises `Problem`."""
    for each in rows(name, "qrels"):
        yield str(each.query_id), str(each.doc_id), str(each.relevance)


def rows(name: str, kind: str) -> Iterator[Any]:
    """Yield what a collection has of a kind. Raises `Problem` where it is unknown, has none, or cannot be fetched."""
    try:
        import ir_datasets
    except ImportError:
        raise Problem(
            f"{PREFIX}{name} needs the package ir_datasets, `pip install ir_datasets` adds it; or give a file"
        ) from None
    try:
        collection = ir_datasets.load(name)
        if not getattr(collection, f"has_{kind}")():
            raise Problem(f"collection {shown(name)} of ir_datasets has no {kind}, a part such as {name}/test may")
        yield from getattr(collection, f"{kind}_iter")()
    except Problem:
        raise
    except KeyError:
        raise Problem(f"collection {shown(name)} is unknown to ir_datasets, see https://ir-datasets.com") from None
    except Exception as error:
        raise Problem(
            f"{kind} of {shown(name)} could not be fetched by ir_datasets, the network or the site may be away: "
            f"{shown(str(error), 120)}"
        ) from error
