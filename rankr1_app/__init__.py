"""Rank-R1 app: search whose every result carries the model's own reasons.

import rankr1_app

for document in rankr1_app.search("why does bread dough rise"):
    print(document.rank, document.title, *(reason.text for reason in document.reasons), sep="\n    ")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["Failed", "Problem", "Ranking", "build_index", "close", "load", "rerank", "search"]

if TYPE_CHECKING:
    from .api import build_index, close, load, rerank, search
    from .errors import Problem
    from .ranking import Failed, Ranking

FROM = {"Problem": "errors", "Failed": "ranking", "Ranking": "ranking"}


def __getattr__(name: str) -> Any:
    """Import what is asked for now, so that `import rankr1_app` is instant."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{FROM.get(name, 'api')}", __name__), name)
