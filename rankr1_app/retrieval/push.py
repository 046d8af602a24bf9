"""An index brought into Milvus: a document at a time, under a name of its own, which counts once all of it is there.

What a killed push wrote is gone on from by the next one of the same index, and deleted by one of another state of it.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..errors import Problem, shown
from . import bm25, cluster, vectors, weights
from .cluster import WORK, Milvus
from .indexes import IndexInfo

ROWS, BYTES = 500, 8_000_000
"""What is sent at once, at most; a server takes 64 MB."""
PIECES = 4096
"""Pieces of a text, at most: Milvus's own limit."""
Tell = Callable[[str, int], None]
Row = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What a push did: which index with how many terms is in Milvus now, the number of the first document that was
    sent, and whether another index had the name before. `unchanged` says that nothing was to be done."""

    info: IndexInfo
    terms: int
    start: int = 0
    replaced: bool = False
    unchanged: bool = False


def push(name: str, milvus: Milvus, tell: Tell = lambda *_: None) -> Outcome:
    """Bring the index of that name or in that folder into Milvus, in place of the one that may have its name there.
    Raises `Problem`."""
    index = bm25.opened(name)
    try:
        return bring(milvus, index, tell)
    finally:
        index.close()


def bring(milvus: Milvus, index: bm25.Opened, tell: Tell) -> Outcome:
    """Bring an open index into Milvus."""
    info = index.info
    target, before = cluster.documents_of(info), cluster.current(milvus, info.name)
    if before == target:
        cluster.find(milvus, info.name)
        return Outcome(info, milvus.count(cluster.terms_of(target)) - 1, unchanged=True)
    sweep(milvus, info.name, {target, before})
    create(milvus, info, target)
    table = send_terms(milvus, index, cluster.terms_of(target), tell)
    weights.check(index, table)
    start = send_documents(milvus, index, table, target, tell)
    commit(milvus, info, target, len(table.keys))
    sweep(milvus, info.name, {target})
    return Outcome(info, len(table.keys), start, before is not None)


def sweep(milvus: Milvus, name: str, keep: set[str | None]) -> None:
    """Delete what was pushed of an index but what is kept: old states of it, and what a killed push left."""
    alias, whole = cluster.alias_of(name), {each for each in keep if each}
    whole |= {cluster.terms_of(each) for each in whole}
    for collection in milvus.call("list_collections"):
        if collection.startswith(f"{alias}__") and collection not in whole:
            milvus.call("drop_collection", collection)


def create(milvus: Milvus, info: IndexInfo, documents: str) -> None:
    """Make the collections of an index where they are not there yet."""
    names = milvus.call("list_collections")
    for name, make in ((documents, documents_schema), (cluster.terms_of(documents), terms_schema)):
        schema, params = make(milvus, info)
        if name in names and len(milvus.call("list_indexes", name)) == len(params):
            milvus.load(name)
            continue
        if name in names:
            # A push was killed between a collection and its indexes.
            milvus.call("drop_collection", name)
        # One shard, so that rows come to be there in the order in which they are sent.
        milvus.call("create_collection", name, schema=schema, index_params=params, num_shards=1, timeout=WORK)


def documents_schema(milvus: Milvus, info: IndexInfo) -> tuple[Any, Any]:
    """Return what a document is in Milvus, and how it is found."""
    kinds = cluster.library(milvus.place).DataType
    schema = milvus.client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("number", kinds.INT64, is_primary=True)
    schema.add_field("key", kinds.INT64)
    for name in ("id", "title", "text", "place"):
        string = {"element_type": kinds.VARCHAR, "max_capacity": PIECES, "max_length": cluster.PIECE}
        schema.add_field(name, kinds.ARRAY, **string)
    schema.add_field("words", kinds.SPARSE_FLOAT_VECTOR)
    params = milvus.client.prepare_index_params()
    params.add_index("key", index_type="INVERTED")
    params.add_index("words", index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
    if info.vectors is not None:
        schema.add_field("meaning", kinds.FLOAT_VECTOR, dim=int(info.vectors.encoder["dimension"]))
        lists = info.vectors.lists
        how = {"index_type": "IVF_FLAT", "params": {"nlist": lists}} if lists else {"index_type": "FLAT"}
        params.add_index("meaning", metric_type="IP", **how)
    return schema, params


def terms_schema(milvus: Milvus, _: IndexInfo) -> tuple[Any, Any]:
    """Return what a term is in Milvus."""
    kinds = cluster.library(milvus.place).DataType
    schema = milvus.client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("key", kinds.INT64, is_primary=True)
    schema.add_field("term", kinds.VARCHAR, max_length=cluster.PIECE)
    schema.add_field("number", kinds.INT64)
    schema.add_field("documents", kinds.INT64)
    schema.add_field("unused", kinds.FLOAT_VECTOR, dim=2)
    params = milvus.client.prepare_index_params()
    params.add_index("unused", index_type="FLAT", metric_type="L2")
    return schema, params


def send_terms(milvus: Milvus, index: bm25.Opened, collection: str, tell: Tell) -> weights.Terms:
    """Send the terms that are not there yet; return all of them."""
    keys, frequencies = array("q"), array("q")

    def rows() -> Iterator[Row]:
        for number, (term, documents) in enumerate(weights.vocabulary(index), 1):
            keys.append(cluster.key_of(term))
            frequencies.append(documents)
            yield cluster.term_row(keys[-1], term, number, documents)

    send(milvus, collection, rows(), 0, lambda done: tell("terms", done))
    return weights.terms_of(index, keys, frequencies)


def send_documents(milvus: Milvus, index: bm25.Opened, terms: weights.Terms, collection: str, tell: Tell) -> int:
    """Send the documents that are not there yet; return the number of the first that was sent."""
    weigh, info = weights.Weights(index, terms), index.info
    matrix = None
    if info.vectors is not None:
        folder = Path(info.folder) / info.vectors.folder
        matrix = vectors.mapped(folder / vectors.NUMBERS, int(info.vectors.encoder["dimension"]))
    start = max(0, milvus.count(collection) - ROWS)

    def rows() -> Iterator[Row]:
        for number in range(start, index.documents):
            document = weights.read(index, number)
            row = document_row(number, document.found)
            row["words"] = weigh.of(number, document.terms)
            yield row if matrix is None else row | {"meaning": matrix[number]}

    send(milvus, collection, rows(), start, lambda done: tell("documents", done))
    return start


def document_row(number: int, found: Any) -> Row:
    """Return a document as Milvus keeps it, without what it is found by."""
    place = json.dumps(asdict(found.place), ensure_ascii=False) if found.place else ""
    texts = {"id": found.id, "title": found.title, "text": found.text, "place": place}
    return {"number": number, "key": cluster.key_of(found.id)} | {name: pieces(text) for name, text in texts.items()}


def pieces(text: str) -> list[str]:
    """Return a text as pieces of as many bytes as Milvus takes, none cut inside a character."""
    data, found = text.encode(), []
    while data:
        # A continuation byte is 10xxxxxx: the cut moves back to where a character begins.
        cut = min(len(data), cluster.PIECE)
        while cut < len(data) and data[cut] & 0xC0 == 0x80:
            cut -= 1
        found.append(data[:cut].decode())
        data = data[cut:]
    return found


def send(milvus: Milvus, collection: str, rows: Iterable[Row], first: int, tell: Callable[[int], None]) -> None:
    """Send rows, of which the one of number `first` comes first, to a collection that may have some of them: those
    are left out, but the last that a killed push may have sent are sent again."""
    there = milvus.count(collection)
    place = first
    for batch in batches(rows):
        if place + len(batch) > there - ROWS:
            method = "insert" if place >= there else "upsert"
            milvus.call(method, collection, batch, timeout=WORK)
        place += len(batch)
        tell(place)


def batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Yield rows in lists that are sent at once."""
    batch: list[Row] = []
    size = 0
    for row in rows:
        bytes_ = size_of(row)
        if batch and (len(batch) == ROWS or size + bytes_ > BYTES):
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += bytes_
    if batch:
        yield batch


def size_of(row: Row) -> int:
    """Return about how many bytes a row takes on its way."""
    return sum(
        4 * sum(map(len, value)) if isinstance(value, list) and value and isinstance(value[0], str) else 12 * len(value)
        for value in row.values()
        if hasattr(value, "__len__")
    )


def commit(milvus: Milvus, info: IndexInfo, documents: str, terms: int) -> None:
    """Let an index count that is there. Raises `Problem` where a part of it is missing."""
    names = {documents: info.documents, cluster.terms_of(documents): terms}
    for name, expected in names.items():
        milvus.call("flush", name, timeout=WORK)
        if (found := milvus.count(name)) not in (expected, expected + (name != documents)):
            milvus.call("drop_collection", name)
            raise Problem(f"Milvus has {found} of {expected} rows of index {shown(info.name)}: push it again")
    milvus.call("upsert", cluster.terms_of(documents), [cluster.described(info)], timeout=WORK)
    for name in names:
        milvus.call("flush", name, timeout=WORK)
        milvus.load(name)
    switch = "alter_alias" if cluster.current(milvus, info.name) else "create_alias"
    milvus.call(switch, documents, cluster.alias_of(info.name))
