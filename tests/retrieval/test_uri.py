"""Where a Milvus is: an address, or a path that ends in .db, and never a secret in either."""

from __future__ import annotations

import pytest

from rankr1_app.errors import Problem
from rankr1_app.retrieval.uri import checked_uri


@pytest.mark.parametrize(
    "place",
    ["http://localhost:19530", "https://milvus.example.org/base", "http://[::1]:19530", "all.db", "/a b/x.db", ".db"],
)
def test_an_address_or_a_path_is_given_back_as_it_is(place: str) -> None:
    assert checked_uri(place) == place


@pytest.mark.parametrize(
    "place",
    ["", "nowhere", "x.db/", "ftp://host/x.db", "http://host/x.db", "http://", "http://a b:1", "http://host:99999999"],
)
def test_what_is_neither_is_refused(place: str) -> None:
    with pytest.raises(Problem) as raised:
        checked_uri(place)
    end = "is not an address: give http://HOST:19530, or a path that ends in .db"
    assert str(raised.value).startswith("milvus ")
    assert str(raised.value).endswith(end)


@pytest.mark.parametrize(
    "place",
    ["http://me:secret@host:1", "http://secret@host:1", "http://host:1?token=secret", "http://host:1#secret"],
)
def test_a_secret_in_an_address_is_refused_and_not_repeated(place: str) -> None:
    with pytest.raises(Problem) as raised:
        checked_uri(place)
    assert str(raised.value) == (
        "milvus 'http://host:1' must not hold a name, password or token: put it into RANKR1_MILVUS_TOKEN, as "
        "NAME:PASSWORD or as it is"
    )


def test_a_secret_in_what_is_no_address_is_not_repeated() -> None:
    with pytest.raises(Problem) as raised:
        checked_uri("ftp://me:secret@host/x")
    assert "secret" not in str(raised.value)
