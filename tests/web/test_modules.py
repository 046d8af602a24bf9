"""The page's files are kept by a browser for as long as they are the same, and compressed."""

from __future__ import annotations

import re

import httpx

from rankr1_app.paths import STATIC
from rankr1_app.web import modules

from .conftest import App


def test_the_modules_are_kept_and_compressed(app: App) -> None:
    entry = app.http.get("page/main.js")
    assert entry.headers["cache-control"] == "no-cache"
    assert entry.headers["content-encoding"] == "gzip"
    paths = re.findall(r'import "\./(\w+/[\w/.-]+)";', entry.text)
    assert len(paths) == len(list(STATIC.rglob("*.js")))
    sent = 0
    for path in paths:
        found = app.http.get(f"page/{path}")
        assert found.status_code == 200
        assert "immutable" in found.headers["cache-control"]
        assert found.text == (STATIC / path.split("/", 1)[1]).read_text("utf-8")
        sent += int(found.headers["content-length"])
    whole = sum(path.stat().st_size for path in STATIC.rglob("*.js"))
    assert sent < 0.45 * whole


def test_another_version_is_not_kept(app: App) -> None:
    assert app.http.get("page/0123456789abcdef/dom.js").status_code == 404
    assert app.http.get(f"page/{modules.version()}/../../settings.py").status_code == 404
    plain: httpx.Response = app.http.get("page/dom.js")
    assert plain.headers["cache-control"] == "no-cache"
    assert app.http.get("page/").status_code == 404
