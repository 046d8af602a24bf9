"""Which runs are the same search with its documents shuffled otherwise."""

from __future__ import annotations

import json
from typing import Any

import httpx

from .conftest import App


def shuffled(app: App, **asked: object) -> str:
    """The id of a search with its documents shuffled."""
    return str(app.search(**{"seed": 7, "order": "shuffled", **asked})[0]["id"])


def keep(app: App, run: str, shuffle: str) -> httpx.Response:
    """Keep a run beside another."""
    return app.http.post(f"api/recordings/{run}/shuffles", json={"run": shuffle})


def data(app: App, run: str) -> list[list[dict[str, Any]]]:
    """The shuffles that the page of a run carries which opens offline."""
    page = app.http.get(f"api/recordings/{run}/download", params={"form": "html"}).text
    whole = page.split('id="rank-r1-kept">', 1)[1].split("</script>", 1)[0]
    return list(json.loads(whole)["searches"][0]["shuffles"])


def test_shuffles_are_kept_beside_their_search_once(app: App) -> None:
    run = app.search()[0]["id"]
    where = f"api/recordings/{run}/shuffles"
    assert app.http.get(where).json() == {"runs": []}
    one, other = shuffled(app), shuffled(app, seed=8)
    for each in (one, other, one):
        assert keep(app, run, each).status_code == 200
    assert app.http.get(where).json() == {"runs": [one, other]}
    assert [lines[0]["id"] for lines in data(app, run)] == [one, other]
    app.store.delete(one)
    assert app.http.get(where).json() == {"runs": [other]}
    assert len(data(app, run)) == 1
    app.store.delete(run)
    assert not list(app.store.folder.glob(f"{run}*"))


def test_another_search_is_no_shuffle(app: App) -> None:
    run = app.search()[0]["id"]
    for wrong in (run, app.search()[0]["id"], shuffled(app, query="number 3"), shuffled(app, depth=5)):
        refused = keep(app, run, wrong)
        assert refused.status_code == 400
        assert refused.json()["error"] == f"run '{wrong}' is not search {run} with its documents shuffled otherwise"
    assert keep(app, run, "0123456789abcdef").status_code == 404
    assert app.http.get(f"api/recordings/{run}/shuffles").json() == {"runs": []}
