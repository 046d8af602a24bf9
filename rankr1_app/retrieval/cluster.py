"""Indexes in Milvus, on a server or in a folder of Milvus Lite: where they are, under which names, and what they are.

An index is two collections: its documents, and its terms with one row more, which describes it and is written last.
An alias names the documents of the one that counts, so that one takes the place of another in one step. Nothing that a
person wrote is ever part of an expression: rows are found by numbers that are made of ids and terms.
"""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from ..address import redact, visible
from ..errors import Problem, shown
from .indexes import IndexInfo, checked_name
from .uri import TOKEN, checked_uri

INSTALL = "pip install -c constraints.txt -r requirements-milvus.txt"
CONNECT, ANSWER, WORK = 5, 20, 600
"""Seconds that a server has to be there, to answer, and to take a batch or load a collection."""
VERSION = 1
"""Of what a pushed index says of itself."""
ABOUT = -1
"""Key of the row that describes an index; those of terms are not negative."""
NOWHERE, MISSING = 2, 100
"""Error codes of the client library: no server, and no such collection."""
SILENT = ("CANCELLED", "DEADLINE_EXCEEDED", "UNAVAILABLE", "UNIMPLEMENTED", "UNKNOWN")
"""Status codes of gRPC for a server that is gone, too slow, or none of Milvus."""
PIECE = 65_535
"""Bytes that Milvus takes in one string; longer texts are arrays of such pieces."""


class Gone(Problem):
    """Raised for a collection that is not there, or not any more."""


@dataclass(frozen=True)
class Milvus:
    """A connection to the Milvus at `place`."""

    place: str
    client: Any

    def call(self, method: str, *given: Any, **named: Any) -> Any:
        """Return what a method of the client gives. Raises `Gone` for a collection that is not there, and `Problem`
        for whatever else goes wrong."""
        try:
            return getattr(self.client, method)(*given, **{"timeout": ANSWER, **named})
        except failures() as error:
            raise problem(self.place, error) from error

    def rows(self, collection: str, keys: Sequence[int], fields: Sequence[str]) -> list[dict[str, Any]]:
        """Return the rows with these primary keys that are there, in any order."""
        return list(self.call("get", collection, ids=list(keys), output_fields=list(fields))) if keys else []

    def load(self, collection: str) -> None:
        """Have a collection in memory, where it is searched; Milvus Lite begins without any."""
        if self.call("get_load_state", collection)["state"].name in ("NotLoad", "Loading"):
            self.call("load_collection", collection, timeout=WORK)

    def count(self, collection: str) -> int:
        """Return how many rows a collection has, those that were written just now included."""
        found = self.call("query", collection, output_fields=["count(*)"], consistency_level="Strong")
        return int(found[0]["count(*)"])


@dataclass(frozen=True)
class Pushed:
    """An index in Milvus: what it was on the machine that pushed it, and its collections."""

    info: IndexInfo
    documents: str

    @property
    def terms(self) -> str:
        """The collection of its terms."""
        return terms_of(self.documents)


def connect(place: str, *, make: bool = False) -> Milvus:
    """Return the connection to a Milvus; a folder of Milvus Lite is made where it may be. Raises `Problem`."""
    if not checked_uri(place).startswith(("http://", "https://")):
        place = os.path.abspath(place)
        check_folder(Path(place), make)
    return connected(place, os.environ.get(TOKEN, "").strip())


def check_folder(path: Path, make: bool) -> None:
    """Raise `Problem` unless Milvus Lite can open that folder."""
    if path.is_dir() or (make and path.parent.is_dir() and not os.path.lexists(path)):
        return
    where = shown(str(path), 200)
    if path.exists():
        raise Problem(f"{where} is not a folder of Milvus Lite 3, give another path that ends in .db")
    if make:
        raise Problem(f"Milvus cannot be put at {where}: folder {shown(str(path.parent), 200)} is not there")
    raise Problem(f"there is no Milvus at {where}: rankr1 index push NAME --milvus {path.name} makes one")


@functools.lru_cache(maxsize=8)
def connected(place: str, token: str) -> Milvus:
    """Return the connection to a Milvus, shared by all who use it."""
    client = library(place).MilvusClient
    local = place.endswith(".db")
    try:
        return Milvus(place, client(place) if local else client(place, token=token, timeout=CONNECT))
    except failures() as error:
        if local:
            raise Problem(
                f"Milvus at {shown(place, 200)} cannot be opened: another process has it open, or it is not of Milvus "
                "Lite 3; several processes need a server"
            ) from error
        raise problem(place, error) from error


def closed() -> None:
    """Let go of every connection, so that folders of Milvus Lite may be deleted, or opened by another process."""
    connected.cache_clear()
    if lite := sys.modules.get("milvus_lite.server_manager"):
        lite.server_manager_instance.release_all()


def library(place: str) -> Any:
    """Return the client library. Raises `Problem` where it is not installed."""
    wanted = ["pymilvus", *(["milvus_lite"] if place.endswith(".db") else [])]
    try:
        import pymilvus
    except ImportError as error:
        raise Problem(f"package 'pymilvus' is needed for Milvus, install it: {INSTALL}") from error
    if missing := [name for name in wanted if find_spec(name) is None]:
        raise Problem(f"package {missing[0].replace('_', '-')!r} is needed for Milvus, install it: {INSTALL}")
    # They print every error with its stack; what went wrong is said by the `Problem`.
    for name in (*wanted, "grpc._server"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return pymilvus


def failures() -> tuple[type[Exception], ...]:
    """Return what the client library raises."""
    from grpc import RpcError
    from pymilvus.exceptions import MilvusException

    return MilvusException, RpcError


def problem(place: str, error: Exception) -> Problem:
    """Return what to say of an error of the client library."""
    where = f"Milvus at {shown(place, 200)}"
    code = getattr(error, "code", None)
    code = code() if callable(code) else code
    if code == NOWHERE or getattr(code, "name", "") in SILENT:
        return Problem(f"{where} does not answer: check --milvus, and that it runs")
    what = str(getattr(error, "message", "") or error)
    if code == MISSING:
        return Gone(f"{where} has not what is looked for: {shown(what, 300)}")
    token = os.environ.get(TOKEN, "").strip()
    return Problem(f"{where} refuses: {shown(redact(what, [token, *token.split(':', 1)]), 300)}")


def alias_of(index: str) -> str:
    """Return the name that stands for an index in Milvus, whose names are of letters, digits and underscores."""
    name = checked_name(Path(index).name)
    return "rankr1_" + "".join(each if each.isalnum() else f"_{ord(each):02x}" for each in name)


def documents_of(info: IndexInfo) -> str:
    """Return the name for the collection of an index's documents: another one for every state of the index."""
    state = json.dumps([VERSION, *description(info).values()], sort_keys=True)
    return f"{alias_of(info.name)}__{hashlib.blake2b(state.encode(), digest_size=8).hexdigest()}"


def terms_of(documents: str) -> str:
    """Return the name of the collection of terms that belongs to one of documents."""
    return f"{documents}_terms"


def description(info: IndexInfo) -> dict[str, Any]:
    """Return what an index says of itself in Milvus."""
    return asdict(replace(info, folder="", skipped={}))


def described(info: IndexInfo) -> dict[str, Any]:
    """Return the row that describes an index."""
    return term_row(ABOUT, json.dumps({"version": VERSION, "index": description(info)}), 0, 0)


def term_row(key: int, term: str, number: int, documents: int) -> dict[str, Any]:
    """Return a row of terms; Milvus wants a vector in every collection."""
    return {"key": key, "term": term, "number": number, "documents": documents, "unused": [0.0, 1.0]}


def key_of(text: str) -> int:
    """Return the number by which an id or a term is found."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) >> 1


def current(milvus: Milvus, index: str) -> str | None:
    """Return the collection of documents that counts for an index, None where there is none. Raises `Problem` where a
    collection that is not ours has its name."""
    alias, names = alias_of(index), milvus.call("list_collections")
    if alias in names:
        raise Problem(
            f"collection {alias} in Milvus at {shown(milvus.place, 200)} is not of this product: "
            "rename it, or give the index another name"
        )
    ours = (name for name in names if name.startswith(f"{alias}__") and not name.endswith("_terms"))
    found = (name for name in ours if alias in milvus.call("list_aliases", collection_name=name)["aliases"])
    return next(found, None)


def find(milvus: Milvus, index: str) -> Pushed:
    """Return an index that was pushed. Raises `Problem` where there is none of that name, or it is not sound."""
    found = current(milvus, index)
    if found is None:
        raise Problem(
            f"index {shown(index)} is not in Milvus at {shown(milvus.place, 200)}: "
            f"rankr1 index push {Path(index).name} --milvus {visible(milvus.place)} brings it there"
        )
    for name in (found, terms_of(found)):
        milvus.load(name)
    return Pushed(read(milvus, found, Path(index).name), found)


def read(milvus: Milvus, documents: str, name: str) -> IndexInfo:
    """Return what the index in a collection says of itself. Raises `Problem`."""
    where = f"index {shown(name)} in Milvus at {shown(milvus.place, 200)}"
    try:
        (row,) = milvus.rows(terms_of(documents), [ABOUT], ["term"])
        about = json.loads(row["term"])
        if about["version"] > VERSION:
            raise Problem(f"{where} was pushed by a newer version of this product: update it, or push the index again")
        info = msgspec.convert({**about["index"], "name": name}, IndexInfo)
        if not info.sound():
            raise ValueError
    except (Gone, ValueError, TypeError, KeyError) as error:
        raise Problem(f"{where} is not whole, or not of this product: push it again") from error
    return info
