"""Addresses as people write them, and what of them nobody may see."""

from __future__ import annotations

import pickle

import pytest

from rankr1_app import address
from rankr1_app.errors import Problem


@pytest.mark.parametrize(
    ("text", "bases"),
    [
        ("http://h:8000/v1", ["http://h:8000/v1", "http://h:8000"]),
        (" http://h:8000/v1/\n", ["http://h:8000/v1", "http://h:8000"]),
        ("http://h:8000", ["http://h:8000", "http://h:8000/v1"]),
        ("http://h//v1//chat/completions/", ["http://h/v1", "http://h"]),
        ("http://h/v1/models", ["http://h/v1", "http://h"]),
        ("https://api.groq.com/openai/v1", ["https://api.groq.com/openai/v1", "https://api.groq.com/openai"]),
        ("https://h/v1beta/openai/", ["https://h/v1beta/openai", "https://h/v1beta/openai/v1"]),
        ("http://[::1]:80/v1", ["http://[::1]:80/v1", "http://[::1]:80"]),
        ("http://us%40er:p%2Fw@h/v1?key=abcd", ["http://h/v1", "http://h"]),
    ],
)
def test_forms_of_an_address(text: str, bases: list[str]) -> None:
    assert address.parse(text).bases() == bases


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not a url",
        "127.0.0.1:8000",
        "ftp://alice:hunter22@h/v1",
        "alice:hunter22@h/v1",
        "http://alice:hunt/er22@h",
        "http://alice:hunter22@",
        "http://alice:hunter22@h:99999/v1",
        "http://alice:hunter22@h h/v1?key=hunter22",
        "http://h/\0",
    ],
)
def test_what_is_no_address_shows_no_secret(text: str) -> None:
    with pytest.raises(Problem, match="is no address, write it like http://127.0.0.1:8000/v1") as caught:
        address.parse(text)
    assert not any(secret in str(caught.value) for secret in ("alice", "hunter", "er22"))


def test_which_servers_are_here() -> None:
    here = ("http://localhost:8000/v1", "http://127.0.0.1:1/v1", "https://[::1]/v1", "http://LOCALHOST")
    assert [address.parse(text).here for text in here] == [True] * 4
    away = ("http://localhost.example/v1", "http://127.example", "http://h/localhost")
    assert [address.parse(text).here for text in away] == [False] * 3


def test_secrets_are_not_printed() -> None:
    place = address.parse("https://alice:hunter22@h/v1?key=abcdef&api-version=1")
    for text in (repr(place), str(place), f"{place}", repr(place.password), f"{place.password}", repr([place.query])):
        assert not any(secret in text for secret in ("alice", "hunter22", "abcdef"))
    words = "alice:hunter22@h said hunter22 to alice, key abcdef, YWxpY2U6aHVudGVyMjI="
    assert address.redact(words, place.secrets()).count(address.HIDDEN) == 5
    assert address.redact("a short word", ["a", "", "wo"]) == "a short word"
    assert place.azure


@pytest.mark.parametrize("name", ["RANKR1_API_KEY", "OPENAI_API_KEY"])
def test_keys(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for other in ("RANKR1_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(other, raising=False)
    assert not address.key()
    for text in ("sk-abcd", "sk-abcd\n", "\r\n sk-abcd\t", "Bearer sk-abcd"):
        monkeypatch.setenv(name, text)
        key = address.key()
        assert key.reveal() == "sk-abcd"
        assert "abcd" not in f"{key}{key!r}{[key]}"
    for text in ("sk-ab\ncd", "sk-äbcd", "sk ab\u2028cd", "“sk-abcd”"):
        monkeypatch.setenv(name, text)
        with pytest.raises(
            Problem, match=f"{name} cannot be a key: its character . of . is none that a key has"
        ) as caught:
            address.key()
        assert "sk" not in str(caught.value).replace("cannot be a key", "")


def test_a_secret_is_not_pickled_in_clear_by_its_text() -> None:
    assert bool(address.Secret("")) is False
    assert pickle.loads(pickle.dumps(address.parse("http://h/v1"))).url == "http://h/v1"
