"""Facets over HTTP: a classifier reads the list of a recorded search, and what it says is kept beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rankr1_app import facets as classifiers
from rankr1_app.engines.gliclass import GLiClass
from rankr1_app.errors import Problem
from rankr1_app.store import FACETS
from rankr1_app.web import facets

from ..engines.test_gliclass import checkpoint
from ..test_facets import own
from .conftest import App

__all__ = ["checkpoint"]


@pytest.fixture
def there(checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, app: App) -> str:
    """The facets of a search on a machine that has a classifier."""
    run = app.search()[0]["id"]
    monkeypatch.setenv("RANKR1_HOME", str(tmp_path))
    own(tmp_path, checkpoint)
    return f"api/recordings/{run}/facets"


def test_labels_are_asked_for_and_what_was_said_is_kept(app: App, there: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = there.split("/")[2]
    assert app.http.get(there).json() == {"facets": []}
    [made] = app.http.post(there, json={"labels": [" plants", "bread", "PLANTS"]}).json()["facets"]
    assert (made["model"], made["labels"], made["threshold"]) == ("random", ["plants", "bread"], 0.5)
    assert len(made["documents"]) == 12
    assert all(len(row) == 2 and all(0 < value < 1 for value in row) for row in made["documents"].values())
    [again] = app.http.post(there, json={"labels": ["plants", "bread"]}).json()["facets"]
    assert again == made
    app.http.post(there, json={"labels": ["bread"]})
    kept = app.http.get(there).json()["facets"]
    assert [each["labels"] for each in kept] == [["plants", "bread"], ["bread"]]
    page = app.http.get(f"api/recordings/{run}/download", params={"form": "html"}).text
    whole = json.loads(page.split('id="rank-r1-kept">', 1)[1].split("</script>", 1)[0])
    assert whole["searches"][0]["facets"] == kept
    monkeypatch.setattr(facets, "MOST", 2)
    refused = app.http.post(there, json={"labels": ["tea"]})
    assert (refused.status_code, refused.json()["error"]) == (
        400,
        f"search {run} has 2 sets of labels, which is the most that are kept",
    )
    app.store.delete(run)
    assert not app.store.path(run).with_suffix(FACETS).exists()


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"labels": []}, "labels are 0, there must be 1 to 12"),
        ({"labels": ["x" * 99]}, "has 99 characters"),
        ({"labels": ["x"] * 101}, "labels"),
        ({"labels": "bread"}, "labels 'bread' must be a list"),
        ({"labels": ["a"], "model": "m"}, "model"),
    ],
)
def test_labels_that_are_refused(sent: dict[str, object], says: str, app: App, there: str) -> None:
    response = app.http.post(there, json=sent)
    assert response.status_code == 400
    assert says in response.json()["error"]


def test_labels_of_a_search_that_is_not_there(app: App, there: str) -> None:
    assert app.http.post(f"api/recordings/{'b' * 16}/facets", json={"labels": ["a"]}).status_code == 404
    assert app.http.get(f"api/recordings/{'b' * 16}/facets").json() == {"facets": []}
    assert app.http.post("api/recordings/nope/facets", json={"labels": ["a"]}).status_code == 400


def test_a_machine_without_a_classifier_says_so_and_loads_none(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = app.search()[0]["id"]
    monkeypatch.setenv("RANKR1_HOME", str(tmp_path))
    monkeypatch.setattr(classifiers, "present", lambda _: False)
    monkeypatch.setattr(GLiClass, "read", None)

    def unreachable(_: object) -> None:
        raise Problem("labels need a classifier")

    monkeypatch.setattr(facets, "fetchable", unreachable)
    response = app.http.post(f"api/recordings/{run}/facets", json={"labels": ["a"]})
    assert (response.status_code, response.json()) == (400, {"error": "labels need a classifier"})
    # Nobody from elsewhere has weights fetched.
    sent = app.http.post(f"api/recordings/{run}/facets", json={"labels": ["a"]}, headers={"X-Forwarded-For": "9.9.9.9"})
    assert (sent.status_code, sent.json()["error"]) == (
        403,
        "labels need a classifier such as gliclass-edge, whose weights are not on this server",
    )
