"""The model catalogue: which rerankers are known by name, and what each needs to be asked as it was trained."""

from __future__ import annotations

import functools
import tomllib
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import msgspec

from . import paths
from .errors import Problem, shown
from .reranking import FAMILIES
from .reranking.shuffle import ORDERS
from .retrieval.languages import LANGUAGES, SCRIPTS
from .tables import first_unknown

NONE = "none"
"""The reranker that is no reranker: first stage only."""
BUNDLED = "bundled/"
COUNTS = ("docs_per_call", "max_tokens", "passage_tokens", "query_tokens")
"""Fields of an entry that must be at least 1 for a model that writes."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One model. `family` is what makes the reranker; token limits are in the model's own tokens; `docs_per_call` is
    how many documents it saw together in training, and `order` how they stood. A window of documents moves by `stride`,
    half of itself where that is 0; `passage_words`, where it is not 0, cuts a document before its tokens are counted;
    `needs` says in words what it takes to run it; `language` is the only one that it reads, where there is but one.
    `weighs` says that its answers weigh every document in figures of their own, so that nobody has to ask for the
    probabilities of its labels to guess what comes next."""

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
    stride: int = 0
    passage_words: int = 0
    temperature: float = 0.0
    needs: str = ""
    language: str = ""
    weighs: bool = False

    @property
    def bundled(self) -> bool:
        """Return whether its weights come with the product."""
        return self.base.startswith(BUNDLED)

    def unread(self, query: str) -> str:
        """Return in words that the model does not read the letters of a query; empty where it may."""
        letters = [letter for letter in query if letter.isalpha()]
        latin = sum(unicodedata.name(letter, "").startswith("LATIN") for letter in letters)
        if not self.language or self.language in SCRIPTS.values() or 2 * latin >= len(letters):
            return ""
        return f"{self.name} reads {LANGUAGES[self.language]} only: what it writes of this query may make no sense"

    @property
    def weights(self) -> str:
        """What an engine loads: a folder for bundled weights, else the checkpoint's name."""
        return str(paths.MODELS / self.base.removeprefix(BUNDLED)) if self.bundled else self.base


def entries() -> dict[str, Entry]:
    """Return all entries by name: those that came with the product, then the user's own. Raises `Problem` for a file
    of the user's that is not valid, or that names a model of the product."""
    own = paths.home() / "models.toml"
    bundled = read(paths.MODELS / "catalogue.toml")
    if not own.is_file():
        return bundled
    added = read(own)
    if taken := [name for name in added if name in bundled or name == NONE]:
        raise Problem(f"model {shown(taken[0])} in {shown(str(own))} is a name of the product, choose another one")
    return {**bundled, **added}


def read(path: Path) -> dict[str, Entry]:
    """Return the entries of a file, in its order; a file is read again only after a change. Raises `Problem`."""
    return parsed(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=8)
def parsed(path: Path, changed: int) -> dict[str, Entry]:
    """Return the entries of a file that was last `changed` then."""
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise Problem(f"catalogue {shown(str(path))} is not valid TOML: {error}") from None
    return {name: checked(name, table, path) for name, table in tables.items()}


def checked(name: str, table: object, path: Path) -> Entry:
    """Return one entry. Raises `Problem`."""
    try:
        entry = msgspec.convert({"name": name, **table} if isinstance(table, dict) else table, Entry)
    except msgspec.ValidationError as error:
        raise Problem(f"model {shown(name)} in {shown(str(path))} is not valid: {error}") from None
    if isinstance(table, dict) and (strange := first_unknown(table, Entry)):
        raise Problem(f"model {shown(name)} in {shown(str(path))} sets {strange}")
    for what, value, valid in (("family", entry.family, FAMILIES), ("order", entry.order, ORDERS)):
        if value not in valid:
            raise Problem(f"{what} {shown(value)} of model {shown(name)} is unknown, known are {', '.join(valid)}")
    if entry.adapter and FAMILIES[entry.family].scorer:
        raise Problem(
            f"adapter {shown(entry.adapter)} of model {shown(name)} is not valid, the family {entry.family} loads "
            "models as they are; merge it into the model"
        )
    if entry.language and entry.language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise Problem(f"language {shown(entry.language)} of model {shown(name)} is unknown, known are {known}")
    for what in COUNTS if not FAMILIES[entry.family].scorer else ():
        if (count := getattr(entry, what)) < 1:
            raise Problem(f"{what} {count} of model {shown(name)} must be at least 1")
    return entry


def entry(name: str) -> Entry:
    """Return the entry of that name. Raises `Problem` for an unknown one."""
    found = entries()
    if name not in found:
        raise Problem(f"reranker {shown(name)} is unknown, known are {', '.join([*found, NONE])}")
    return found[name]
