"""The page's own files: one entry that a browser asks for each time, the rest under an address of their version, which
it may keep for good. All of them compressed."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

from ..paths import STATIC

ENTRY = "main.js"
KEPT, ASKED = "public, max-age=31536000, immutable", "no-cache"


def served() -> ASGIApp:
    """Return what serves the files."""
    return GZipMiddleware(Versioned(directory=STATIC))


class Versioned(StaticFiles):
    """Static files that can be kept under the address of their version, and are asked about under any other."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file, or the entry."""
        if path == ENTRY and scope["method"] in ("GET", "HEAD"):
            return Response(entry(), media_type="text/javascript", headers={"Cache-Control": ASKED})
        own = Path(path).parts[:1] == (version(),)
        response = await super().get_response(str(Path(*Path(path).parts[1:])) if own else path, scope)
        response.headers["Cache-Control"] = KEPT if own else ASKED
        return response


def entry() -> str:
    """Return a module that is the page's main one. It names all modules, so that none waits for another to be read."""
    names = sorted(path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*.js"))
    imports = "".join(f'import "./{version()}/{name}";\n' for name in names)
    return f'{imports}export {{ mount }} from "./{version()}/{ENTRY}";\n'


def version() -> str:
    """Return the version of all files together."""
    return digest(tuple((path, path.stat().st_mtime_ns) for path in sorted(STATIC.rglob("*.*"))))


@lru_cache(maxsize=1)
def digest(files: tuple[tuple[Path, int], ...]) -> str:
    """Return a name for what `files` hold; the times say whether they have changed."""
    found = hashlib.sha256()
    for path, _ in files:
        found.update(f"{path.relative_to(STATIC)}\0".encode() + path.read_bytes() + b"\0")
    return found.hexdigest()[:16]
