"""Known indexes fetched from a server of this machine: whole, in parts, broken, killed, and not what they should be."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from rankr1_app import paths
from rankr1_app.errors import Problem
from rankr1_app.retrieval import bm25, indexes, known
from rankr1_app.retrieval.fetch import fetch
from rankr1_app.retrieval.known import Known

NAME = "tiny.flat"


def packed(files: dict[str, bytes], link: str = "") -> bytes:
    """A gzipped tar archive of a folder."""
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        if link:
            member = tarfile.TarInfo("x/_1.cfs")
            member.type, member.linkname = tarfile.SYMTYPE, link
            archive.addfile(member)
    return memory.getvalue()


class Server:
    """Serves `content`. `most` is how many bytes it gives before it breaks off, of which `ranges` says where each
    answer began; `status` is one other than the usual. Nothing is given while `hold` is not set."""

    def __init__(self, content: bytes) -> None:
        self.content, self.most, self.ranges, self.status, self.deaf = content, len(content), list[int](), 0, False
        self.hold = threading.Event()
        self.hold.set()
        this = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = self.headers.get("Range", "")
                start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and not this.deaf else 0
                this.ranges.append(start)
                self.send_response(this.status or (206 if start else 200))
                if start:
                    self.send_header("Content-Range", f"bytes {start}-{len(this.content) - 1}/{len(this.content)}")
                self.send_header("Content-Length", str(len(this.content) - start))
                self.end_headers()
                this.hold.wait(10)
                self.wfile.write(this.content[start : start + this.most])

            def log_message(self, *_: object) -> None: ...

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def give(self, content: bytes) -> None:
        """Serve something else."""
        self.content, self.most = content, len(content)

    @property
    def known(self) -> Known:
        """Its entry in a catalogue."""
        digest = hashlib.md5(self.content).hexdigest()
        url = f"http://127.0.0.1:{self.http.server_port}/tiny.tar.gz"
        return Known(name=NAME, about="", url=url, bytes=len(self.content), md5=digest, documents=2, licence="none")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A Lucene folder as Anserini packs one: no description of ours, documents without a title of their own."""
    folder = tmp_path_factory.mktemp("made")
    rows = [{"id": "a", "text": "copper pipes"}, {"id": "b", "title": "T", "text": "tin"}]
    (folder / "c.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    indexes.build(folder / "c.jsonl", "made", folder)
    files = {f"lucene-inverted.tiny/{path.name}": path.read_bytes() for path in (folder / "made" / "lucene").iterdir()}
    return packed(files)


@pytest.fixture
def server(archive: bytes) -> Iterator[Server]:
    made = Server(archive)
    yield made
    made.http.shutdown()
    made.http.server_close()
    shutil.rmtree(indexes.root() / NAME, ignore_errors=True)
    for left in indexes.root().glob(f".{NAME}.*"):
        left.unlink()


def test_an_index_is_fetched_once_and_searched(server: Server) -> None:
    done: list[tuple[str, int]] = []
    info = fetch(server.known, lambda what, at: done.append((what, at)))
    assert (info.documents, info.source, info.fingerprint) == (2, server.known.url, server.known.md5)
    assert [each.id for each in bm25.open_index(NAME).search("copper", 5)] == ["a"]
    assert {what for what, _ in done} == {"fetching", "checking", "unpacking"}
    assert fetch(server.known) == info
    assert server.ranges == [0]
    assert [path.name for path in indexes.root().glob(f".{NAME}.*") if path.suffix != ".lock"] in (
        [],
        [f".{NAME}.fetch"],
    )
    assert NAME in [each.name for each in indexes.listed()]


def test_a_broken_connection_is_taken_up_where_it_broke(server: Server) -> None:
    server.most = len(server.content) // 3
    assert fetch(server.known).documents == 2
    assert server.ranges == [0, server.most, 2 * server.most, *([3 * server.most] if len(server.content) % 3 else [])]


def test_a_server_that_knows_no_ranges_begins_anew(server: Server) -> None:
    (indexes.root() / f".{NAME}.part").write_bytes(server.content[:1000])
    server.deaf = True
    assert fetch(server.known).documents == 2
    assert server.ranges == [0]


def test_a_fetch_that_was_killed_goes_on(server: Server) -> None:
    paths.home().joinpath("indexes.toml").write_text(
        f'["{NAME}"]\n'
        + "".join(f"{key} = {json.dumps(value)}\n" for key, value in vars(server.known).items() if key != "name")
    )
    script = (
        "import os, rankr1_app.retrieval.fetch as f, rankr1_app.retrieval.known as k\n"
        f"f.fetch(k.entry('{NAME}'), lambda what, done: os._exit(9) if what == os.environ['AT'] else None)"
    )
    try:
        for at in ("fetching", "checking", "unpacking"):
            server.most = len(server.content) // 2
            ended = subprocess.run([sys.executable, "-c", script], env={**os.environ, "AT": at}, timeout=120)
            assert ended.returncode == 9
            assert indexes.present(NAME) is None
            server.most = len(server.content)
        assert fetch(known.entry(NAME)).documents == 2
        assert server.ranges[:2] == [0, len(server.content) // 2]
        assert server.ranges == sorted({*server.ranges}), "nothing is fetched twice"
    finally:
        paths.home().joinpath("indexes.toml").unlink()


def bad(change: Callable[[Server], None]) -> Callable[[Server], Known]:
    def made(server: Server) -> Known:
        entry = server.known
        change(server)
        return entry

    return made


def content(raw: bytes) -> Callable[[Server], Known]:
    def made(server: Server) -> Known:
        server.give(raw)
        return server.known

    return made


BAD: list[tuple[str, Callable[[Server], Known], str]] = [
    ("other bytes", bad(lambda s: setattr(s, "content", bytes(len(s.content)))), "is not what the catalogue says"),
    ("too many bytes", bad(lambda s: s.give(s.content + b"more")), "is not what the catalogue says"),
    (
        "too few bytes",
        bad(lambda s: setattr(s, "content", s.content[:-9])),
        "no more than a part|answered 416|breaks off",
    ),
    ("not there", bad(lambda s: setattr(s, "status", 404)), "answered 404"),
    ("nothing at all", bad(lambda s: setattr(s, "most", 0)), "breaks off"),
    ("nobody answers", lambda s: replace(s.known, url="http://127.0.0.1:9/x"), "cannot be reached"),
    ("no such host", lambda s: replace(s.known, url="http://nowhere.invalid/x"), "nowhere.invalid cannot be reached"),
    ("more than the disk has", lambda s: replace(s.known, bytes=10**16), "needs 35000000.0 GB"),
    ("other documents", lambda s: replace(s.known, documents=3), "has 2 documents, the catalogue says 3"),
    ("no archive", content(b"hello" * 100), "is not a gzipped tar archive"),
    ("a way out", content(packed({"../../evil.txt": b"x"})), "which no index does"),
    ("a link", content(packed({"x/_0.cfs": b"x"}, link="/etc/passwd")), "which no index does"),
    ("a file twice", content(packed({"x/_0.cfs": b"x", "y/_0.cfs": b"x"})), "holds a file twice"),
    ("a bomb", content(packed({"x/_0.cfs": bytes(40_000_000)})), "over 20 times its size"),
    ("no Lucene", content(packed({"x/_0.cfs": b"x"})), "cannot be opened"),
    ("a wrong name", lambda s: replace(s.known, name="../x"), "is not valid"),
]


@pytest.mark.parametrize(("change", "says"), [each[1:] for each in BAD], ids=[each[0] for each in BAD])
def test_what_is_not_right_is_said_and_leaves_nothing_in_force(
    change: Callable[[Server], Known], says: str, server: Server
) -> None:
    entry = change(server)
    with pytest.raises(Problem, match=says) as raised:
        fetch(entry)
    assert "\n" not in str(raised.value)
    assert indexes.present(NAME) is None
    assert not (indexes.root() / f".{NAME}.build").exists()
    assert not list(paths.home().parent.glob("**/evil.txt"))


def test_what_stands_there_already_is_left(server: Server) -> None:
    place = indexes.root() / NAME
    place.mkdir()
    (place / "mine.txt").write_text("precious")
    with pytest.raises(Problem, match="left as it is"):
        fetch(server.known)
    assert (place / "mine.txt").read_text() == "precious"
