"""What will be read of a corpus, before anything is built of it."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from ..errors import Problem
from .corpus import read
from .fields import How
from .report import Document, Report

SECONDS = 20.0
"""Seconds after which the rest is left unread."""
FIRST, MOST = 3, 12
"""Documents shown of a file, and of all."""


@dataclass(frozen=True)
class Preview:
    """What was found: the first `documents` of each file, all that `report` says, `whole` where everything was read,
    and what is `wrong` if nothing can be built of it."""

    documents: tuple[Document, ...]
    report: Report
    whole: bool
    wrong: str


def preview(path: Path, how: How, seconds: float = SECONDS) -> Preview:
    """Read a corpus as a build would, for some seconds at most."""
    report, until = Report(), time.monotonic() + seconds
    shown: list[Document] = []
    counts: Counter[int] = Counter()
    whole, wrong = True, ""
    documents = read(path, report, how)
    try:
        for document in documents:
            if counts[id(report.part)] < FIRST and len(shown) < MOST:
                counts[id(report.part)] += 1
                shown.append(document)
            if time.monotonic() > until:
                whole = False
                break
    except Problem as problem:
        wrong = str(problem)
    finally:
        documents.close()
    if whole and not wrong and not report.documents:
        wrong = "there is no document in it"
    return Preview(tuple(shown), report, whole, wrong)
