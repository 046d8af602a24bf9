"""A hub of datasets on this machine: it speaks the part of the Hugging Face Hub's protocol by which they are read."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

COMMIT = "a" * 40
CARD = """\
---
configs:
- {config_name: corpus, data_files: [{split: corpus, path: corpus/*}]}
- {config_name: queries, data_files: [{split: queries, path: queries/*}]}
---
"""


class Hub:
    """The part of the Hub that its client reads datasets by; `faults` says how requests for a path go wrong."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.faults: dict[str, int] = {}
        self.tokens: set[str] = set()
        self.app = Starlette(routes=[Route("/{path:path}", self.answer, methods=["GET", "HEAD", "POST"])])

    async def answer(self, request: Request) -> Response:
        """Return what is asked for."""
        self.tokens.add(request.headers.get("authorization", ""))
        kind, *parts = request.url.path.strip("/").removeprefix("api/").split("/")
        folder = self.root / "/".join(parts[:2])
        if status := next((status for part, status in self.faults.items() if part in request.url.path), 0):
            return missing("GatedRepo" if status == 403 else "", status)
        if kind != "datasets" or len(parts) < 2 or not folder.is_dir():
            return missing("RepoNotFound")
        if request.url.path.startswith("/datasets/"):
            return stored(folder / "/".join(parts[4:]), request)
        what, *rest = parts[2:] or ["revision"]
        if what == "revision":
            if rest and rest[0] not in ("main", COMMIT):
                return missing("RevisionNotFound")
            siblings = [{"rfilename": each["path"]} for each in entries(folder, folder) if each["type"] == "file"]
            return JSONResponse({"id": "/".join(parts[:2]), "sha": COMMIT, "siblings": siblings, "tags": []})
        if what == "tree" and (folder / "/".join(rest[1:])).is_dir():
            return JSONResponse(entries(folder / "/".join(rest[1:]), folder))
        return missing("EntryNotFound")


def entries(place: Path, folder: Path) -> list[dict[str, Any]]:
    """Return what a folder of a dataset holds."""
    return [
        {
            "type": "file" if path.is_file() else "directory",
            "path": path.relative_to(folder).as_posix(),
            "size": path.stat().st_size,
            "oid": hashlib.sha1(str(path).encode(), usedforsecurity=False).hexdigest(),
        }
        for path in sorted(place.iterdir())
    ]


def stored(path: Path, request: Request) -> Response:
    """Return a file, or the range that is asked for."""
    if not path.is_file():
        return missing("EntryNotFound")
    data = path.read_bytes()
    headers = {"ETag": f'"{path.name}-{len(data)}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
    if asked := request.headers.get("range"):
        begin, _, end = asked.removeprefix("bytes=").partition("-")
        part = data[int(begin) : int(end or len(data)) + 1]
        headers["Content-Range"] = f"bytes {begin}-{int(begin) + len(part) - 1}/{len(data)}"
        return Response(part, 206, headers)
    return Response(data, headers=headers)


def missing(code: str, status: int = 404) -> Response:
    """Return a refusal as the Hub words it."""
    return JSONResponse({"error": code}, status, {"X-Error-Code": code} if code else {})


def filled(root: Path) -> Hub:
    """Return a hub with some datasets, written under `root`."""
    import pyarrow as pa
    from pyarrow import parquet

    beir = root / "BeIR" / "tiny"
    for name, columns in {
        "corpus": {"_id": ["tea", "sea"], "title": ["Tea", ""], "text": ["hot water", "salt <b>water</b>"]},
        "queries": {"_id": ["1"], "title": [""], "text": ["what is wet"]},
    }.items():
        (beir / name).mkdir(parents=True)
        parquet.write_table(pa.table(columns), beir / name / f"{name}-00000-of-00001.parquet")
    (beir / "README.md").write_text(CARD)
    files = {
        "me/plain/data.jsonl": '{"id": 7, "text": ["seven", "7"]}\n{"id": 8, "text": ["8"]}\n{"id": 9, "text": []}\n',
        "me/split/train.csv": "id,text\n1,one\n",
        "me/split/test.csv": "id,text\n2,two\n3,three\n",
        "me/odd/rows.jsonl": '{"question": "why", "answer": "because"}\n{"question": "how", "answer": "so"}\n',
        "me/script/script.py": "raise SystemExit('run')\n",
        "me/empty/README.md": "# nothing\n",
        "me/broken/data.jsonl": '{"id": "1", "text": "one"}\n{"id": "2", "te',
        "me/closed/data.jsonl": '{"id": "1", "text": "one"}\n',
        "me/down/data.jsonl": '{"id": "1", "text": "one"}\n',
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    hub = Hub(root)
    hub.faults = {"me/closed": 403, "me/down": 503}
    return hub
