"""The indexes that can be fetched by name: which are known is data."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from .. import paths
from ..errors import Problem, shown


@dataclass(frozen=True, kw_only=True)
class Known:
    """An index of the catalogue, whose file says what each field means."""

    name: str
    about: str
    url: str
    bytes: int
    md5: str
    documents: int
    licence: str


def entries() -> dict[str, Known]:
    """Return all indexes that can be fetched, by name: those of the product, then the user's own. Raises `Problem` for
    a file of the user's that is not valid, or that takes a name of the product."""
    own = paths.home() / "indexes.toml"
    bundled = read(paths.MODELS / "indexes.toml")
    added = read(own) if own.is_file() else {}
    if taken := [name for name in added if name in bundled]:
        raise Problem(f"index {shown(taken[0])} in {shown(str(own))} is a name of the product, choose another one")
    return {**bundled, **added}


def read(path: Path) -> dict[str, Known]:
    """Return the indexes of a file. Raises `Problem`."""
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
        return {name: msgspec.convert({"name": name, **table}, Known) for name, table in tables.items()}
    except (OSError, ValueError, TypeError) as error:
        raise Problem(f"indexes {shown(str(path))} are not valid: {error}") from error


def entry(name: str) -> Known:
    """Return the index of that name. Raises `Problem` for an unknown one."""
    found = entries()
    if name not in found:
        raise Problem(f"index {shown(name)} cannot be fetched, `rankr1 index fetch` lists those that can")
    return found[name]
