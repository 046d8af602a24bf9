"""Indexes in Milvus: where they are, under which names, and what is said where they are not."""

from __future__ import annotations

import json
import re
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rankr1_app.errors import Problem
from rankr1_app.retrieval import cluster, push
from rankr1_app.retrieval.cluster import Gone, Milvus
from rankr1_app.retrieval.indexes import IndexInfo
from tests.retrieval.embedder import Server

INFO = IndexInfo(name="a-b", documents=2, bytes=9, created="now", source="c.jsonl", fingerprint="f", version=2)


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("nowhere", "milvus 'nowhere' is not an address: give http://HOST:19530, or a path that ends in .db"),
        ("ftp://host/x.db", "is not an address"),
        ("http://host/x.db", "is not an address"),
        ("http://", "is not an address"),
        ("http://a b:1", "is not an address"),
        ("http://host:99999999", "is not an address"),
        ("http://me:secret@host:1", "milvus 'http://host:1' must not hold a name, password or token: put it into RANK"),
        ("http://host:1?token=secret", "milvus 'http://host:1' must not hold a name, password or token"),
        ("{folder}/no.db", "there is no Milvus at '.*/no.db': rankr1 index push NAME --milvus no.db makes one"),
        ("{folder}/file.db", "'.*/file.db' is not a folder of Milvus Lite 3, give another path that ends in .db"),
        ("{folder}/junk.db", "Milvus at '.*/junk.db' cannot be opened: another process has it open, or it is not of"),
    ],
)
def test_places_that_are_none_are_refused(tmp_path: Path, place: str, message: str) -> None:
    (tmp_path / "file.db").write_text("SQLite format 3")
    (tmp_path / "junk.db").mkdir()
    (tmp_path / "junk.db" / "LOCK").mkdir()
    with pytest.raises(Problem, match=message) as refused:
        cluster.connect(place.format(folder=tmp_path))
    assert "secret" not in str(refused.value)


def test_a_server_that_is_not_there_or_not_milvus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent, Server() as http:
        closed = socket.create_server(("127.0.0.1", 0))
        ports = (silent.getsockname()[1], http.server.server_port, closed.getsockname()[1])
        closed.close()
        for port in ports:
            with pytest.raises(Problem, match=f"Milvus at 'http://127.0.0.1:{port}' does not answer: check --milvus"):
                cluster.connect(f"http://127.0.0.1:{port}")


def test_a_folder_that_another_process_has_open(tmp_path: Path) -> None:
    import fcntl

    (tmp_path / "taken.db").mkdir()
    with (tmp_path / "taken.db" / "LOCK").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Problem, match="taken.db' cannot be opened: another process has it open"):
            cluster.connect(str(tmp_path / "taken.db"))


def test_collections_that_are_not_ours(place: str) -> None:
    there = cluster.connect(place, make=True)
    schema, params = push.terms_schema(there, INFO)
    there.call("create_collection", "rankr1_foreign", schema=schema, index_params=params)
    message = "collection rankr1_foreign in Milvus at .* is not of this product: rename it, or give the index another"
    with pytest.raises(Problem, match=message):
        cluster.find(there, "foreign")
    there.call("create_collection", "rankr1_half__0", schema=schema, index_params=params)
    there.call("create_alias", "rankr1_half__0", "rankr1_half")
    with pytest.raises(Problem, match="index 'half' in Milvus at .* is not whole, or not of this product: push it"):
        cluster.find(there, "half")
    with pytest.raises(Problem, match="index 'mine' is not in Milvus at .*: rankr1 index push mine --milvus"):
        cluster.find(there, "mine")
    with pytest.raises(Problem, match="index name '..' is not valid"):
        cluster.find(there, "a/..")


def test_names_in_milvus_are_as_different_as_those_of_indexes() -> None:
    names = ["a-b", "a_b", "a.b", "ab", "a_2db", "a--b", "a__b", "a", "A"]
    found = [cluster.alias_of(name) for name in names]
    assert len(set(found)) == len(names)
    assert all(re.fullmatch(r"rankr1_(?:[A-Za-z0-9]|_[0-9a-f]{2})+", name) for name in found)
    assert not any(one.startswith(f"{other}__") for one in found for other in found)


@pytest.mark.parametrize("package", ["pymilvus", "milvus_lite"])
def test_a_package_that_is_not_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, package: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    (tmp_path / "x.db").mkdir()
    name = package.replace("_", "-")
    with pytest.raises(Problem, match=f"package '{name}' is needed for Milvus, install it: pip install .*milvus.txt$"):
        cluster.connect(str(tmp_path / "x.db"))


def test_a_token_is_in_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    from pymilvus.exceptions import MilvusException

    monkeypatch.setenv("RANKR1_MILVUS_TOKEN", "someone:hunter22")

    class Client:
        def get(self, *_: object, **__: object) -> None:
            raise MilvusException(code=1400, message="auth failed for someone with hunter22\n(someone:hunter22)")

    with pytest.raises(Problem, match="refuses: 'auth failed for") as refused:
        cluster.Milvus("http://host", Client()).rows("c", [1], ["f"])
    assert not re.search("someone|hunter22", str(refused.value))


class Client:
    """Stands in for the client library: every method gives what it was told to, and is remembered."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    def __getattr__(self, method: str) -> Callable[..., Any]:
        def called(*given: Any, **named: Any) -> Any:
            self.calls.append((method, given, named))
            answer = self.answers.get(method)
            if isinstance(answer, Exception):
                raise answer
            return answer(*given, **named) if callable(answer) else answer

        return called


def milvus(**answers: Any) -> Milvus:
    """Return a connection to a client that gives these answers."""
    return Milvus("http://host:1", Client(**answers))


def refusal(code: int, message: str) -> Exception:
    """Return an error of the client library."""
    from pymilvus.exceptions import MilvusException

    error: Exception = MilvusException(code=code, message=message)
    return error


def test_a_collection_that_is_gone_is_told_from_other_faults() -> None:
    with pytest.raises(Gone) as raised:
        milvus(get=refusal(100, "no such collection")).rows("c", [1], ["f"])
    assert str(raised.value) == "Milvus at 'http://host:1' has not what is looked for: 'no such collection'"
    with pytest.raises(Problem) as refused:
        milvus(get=refusal(5, "quota\nexceeded")).rows("c", [1], ["f"])
    assert not isinstance(refused.value, Gone)
    assert str(refused.value) == "Milvus at 'http://host:1' refuses: 'quota\\nexceeded'"


@pytest.mark.parametrize("status", cluster.SILENT)
def test_a_server_that_has_gone_is_told_by_the_status_of_its_answer(status: str) -> None:
    from grpc import RpcError, StatusCode

    class Silent(RpcError):  # type: ignore[misc]
        def code(self) -> StatusCode:
            return StatusCode[status]

    for error in (Silent(), refusal(2, "nobody")):
        with pytest.raises(Problem) as raised:
            milvus(query=error).count("c")
        assert str(raised.value) == "Milvus at 'http://host:1' does not answer: check --milvus, and that it runs"


def test_no_rows_are_asked_for_without_keys() -> None:
    there = milvus()
    assert there.rows("c", [], ["f"]) == []
    assert there.client.calls == []


@pytest.mark.parametrize(("state", "loads"), [("NotLoad", 1), ("Loading", 1), ("Loaded", 0)])
def test_a_collection_is_loaded_where_it_is_not_yet(state: str, loads: int) -> None:
    there = milvus(get_load_state={"state": SimpleNamespace(name=state)})
    there.load("c")
    assert [method for method, _, _ in there.client.calls].count("load_collection") == loads


def test_every_call_has_a_time_after_which_it_is_given_up() -> None:
    there = milvus(query=[{"count(*)": "7"}])
    assert there.count("c") == 7
    there.call("flush", "c", timeout=3)
    assert [named["timeout"] for _, _, named in there.client.calls] == [cluster.ANSWER, 3]


def test_the_name_of_an_indexs_documents_tells_its_state_and_not_its_place() -> None:
    name = cluster.documents_of(INFO)
    assert name.startswith("rankr1_a_2db__")
    assert cluster.terms_of(name) == f"{name}_terms"
    assert cluster.documents_of(replace(INFO, folder="/elsewhere", skipped={"x": 1})) == name
    others = [replace(INFO, fingerprint="g"), replace(INFO, created="then"), replace(INFO, k1=1.2)]
    assert len({name, *map(cluster.documents_of, others)}) == 4


def test_a_key_is_a_number_that_milvus_takes() -> None:
    keys = [cluster.key_of(text) for text in ("", "a", "b", "\u6f22", "x" * 1000)]
    assert len(set(keys)) == len(keys)
    assert all(0 <= key < 2**63 for key in keys)
    assert cluster.ABOUT not in keys


ALIAS = cluster.alias_of("x")


def named(aliases: dict[str, list[str]]) -> Milvus:
    """Return a connection to a Milvus with these collections and their aliases."""
    return milvus(
        list_collections=lambda **_: [*aliases],
        list_aliases=lambda collection_name, **_: {"aliases": aliases[collection_name]},
    )


def test_the_collection_that_counts_is_the_one_with_the_alias() -> None:
    aliases = {f"{ALIAS}__1": [], f"{ALIAS}__1_terms": [ALIAS], f"{ALIAS}__2": [ALIAS], "rankr1_xy__3": [ALIAS]}
    assert cluster.current(named(aliases), "x") == f"{ALIAS}__2"
    assert cluster.current(named({f"{ALIAS}__1": []}), "x") is None
    assert cluster.current(named({}), "some/folder/x") is None


def about(**change: Any) -> Milvus:
    """Return a connection to a Milvus whose index says this of itself."""
    row = cluster.described(INFO)
    said = {**json.loads(row["term"]), **change}
    return milvus(get=[{"term": json.dumps(said)}])


def test_an_index_says_in_milvus_what_it_was() -> None:
    assert cluster.read(about(), "c", "renamed") == replace(INFO, name="renamed")


@pytest.mark.parametrize(
    "change",
    [{"index": None}, {"index": {}}, {"index": {**cluster.description(INFO), "k1": float("nan")}}, {"version": "x"}],
    ids=str,
)
def test_a_description_that_is_not_whole_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Problem) as raised:
        cluster.read(about(**change), "c", "x")
    assert str(raised.value) == (
        "index 'x' in Milvus at 'http://host:1' is not whole, or not of this product: push it again"
    )


def test_a_description_of_a_newer_version_says_so() -> None:
    with pytest.raises(Problem, match="was pushed by a newer version of this product: update it, or push the index"):
        cluster.read(about(version=cluster.VERSION + 1), "c", "x")
    damaged: list[list[dict[str, str]]] = [[], [{"term": "{"}], [{}]]
    for rows in damaged:
        with pytest.raises(Problem, match="is not whole"):
            cluster.read(milvus(get=rows), "c", "x")
