"""What was read of a corpus: its documents, how it was understood, and what was left out and where."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field

from ..errors import Problem
from ..events import Place

EXAMPLES = 5
"""Lines named for each kind of fault."""
PARTS = 1000
"""Files of which it is said what they are."""
HARMLESS = ("duplicate id", "empty text", "a pipe", "a device", "a socket", "a dangling link", "a link to a folder")
"""Kinds of faults that do not show that a file was taken for what it is not."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a corpus; `title` is empty where it has none, `place` says where a passage of a file stands."""

    id: str
    title: str
    text: str
    place: Place | None = None


@dataclass
class Part:
    """A file of a corpus: `what` it was taken for, its `columns` with what was taken `chosen` for id, title and text,
    its `documents` so far, and what is `wrong` with it as a whole."""

    name: str
    what: str
    columns: tuple[str, ...] = ()
    chosen: dict[str, str] = field(default_factory=dict)
    documents: int = 0
    wrong: str = ""


@dataclass
class Report:
    """What was read so far. `skipped` counts lines by what was wrong; `examples` names the first of each; `notes` say
    how the corpus was understood where that is not plain; `parts` are its files, the first 1,000 of them, `part` is the
    one that is being read, and `whole` the kinds of faults that ended one."""

    strict: bool = False
    documents: int = 0
    bytes: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    part: Part | None = None
    whole: set[str] = field(default_factory=set)
    seen: set[int] = field(default_factory=set, repr=False)

    def begin(self, part: Part) -> None:
        """Note that the documents that follow are of another file."""
        self.part = part
        if len(self.parts) < PARTS:
            self.parts.append(part)

    def skip(self, kind: str, where: str) -> None:
        """Note a line that cannot be used. Raises `Problem` if `strict`."""
        if self.strict:
            raise Problem(f"{where}: {kind}; mend it or build without --strict to skip it")
        self.skipped[kind] += 1
        named = self.examples.setdefault(kind, [])
        if len(named) < EXAMPLES:
            named.append(where)

    def leave(self, kind: str, where: str, detail: str = "") -> None:
        """Note that a file, or what is left of it, cannot be used. Raises `Problem` if `strict`."""
        text = f"{kind}: {detail}" if detail else kind
        if self.part:
            self.part.wrong = self.part.wrong or text
        self.whole.add(kind)
        self.skip(kind, f"{where} ({detail})" if detail else where)

    def note(self, text: str) -> None:
        """Say something once."""
        if text not in self.notes and len(self.notes) < EXAMPLES:
            self.notes.append(text)

    def new(self, document: Document) -> bool:
        """Return whether no document of that id was there before."""
        key = int.from_bytes(hashlib.blake2b(document.id.encode(), digest_size=8).digest(), "big")
        if key in self.seen:
            return False
        self.seen.add(key)
        self.documents += 1
        if self.part:
            self.part.documents += 1
        return True

    def misread(self, apart: bool = False) -> str:
        """Return why the corpus is not what it was taken for, in words: most of it could not be used, or nothing of
        files that stand `apart`. Empty if it is."""
        if apart and self.documents:
            return ""
        harmless = {*HARMLESS, *(self.whole if self.documents else ())}
        faults = {kind: count for kind, count in self.skipped.items() if kind not in harmless}
        many = sum(faults.values())
        if not many or many < self.documents:
            return ""
        named = ", ".join(f"{count} times {kind}, first at {self.examples[kind][0]}" for kind, count in faults.items())
        if not self.documents:
            return f"has no document that can be indexed: {named}"
        return f"is not what it was taken for, {many} of {self.documents + many} documents cannot be read: {named}"
