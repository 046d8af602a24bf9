"""The model catalogue: which rerankers are known by name, and what each needs to be asked as it was trained."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass

import msgspec

from .errors import Problem, shown
from .paths import MODELS

NONE = "none"
"""The reranker that is no reranker: first stage only."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One model. Token limits are in the model's own tokens; `docs_per_call` is how many documents it saw
    together in training, and `order` how they stood."""

    name: str
    about: str
    family: str
    base: str
    prompt: str
    docs_per_call: int
    max_tokens: int
    passage_tokens: int
    query_tokens: int
    licence: str
    adapter: str = ""
    order: str = "shuffled"

    @property
    def bundled(self) -> bool:
        """Whether the weights came with the product."""
        return self.base == "bundled"

    @property
    def weights(self) -> str:
        """What an engine loads: a folder for bundled weights, else the checkpoint's name."""
        return str(MODELS / self.name) if self.bundled else self.base


@functools.cache
def entries() -> dict[str, Entry]:
    """All entries by name, in the order of the file."""
    tables = tomllib.loads((MODELS / "catalogue.toml").read_text("utf-8"))
    return {name: msgspec.convert({"name": name, **table}, Entry) for name, table in tables.items()}


def entry(name: str) -> Entry:
    """The entry of that name. Raises `Problem` for an unknown one."""
    try:
        return entries()[name]
    except KeyError:
        known = ", ".join([*entries(), NONE])
        raise Problem(f"reranker {shown(name)} is unknown, known are {known}") from None
