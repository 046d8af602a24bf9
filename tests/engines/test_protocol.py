"""What every engine can do: each kind has all of it before anything is loaded, and its words for what breaks."""

from __future__ import annotations

import inspect

import pytest

from rankr1_app import engines
from rankr1_app.engines.protocol import Engine, Fault, TooLong, begun_in, likeliest, number
from rankr1_app.errors import Problem
from rankr1_app.events import Message
from rankr1_app.plan import EngineSpec

NAMES = {
    *(name for name, value in inspect.getmembers(Engine) if not name.startswith("_") and value is not None),
    *Engine.__annotations__,
}


@pytest.mark.parametrize("kind", [*engines.KINDS, *engines.SCORERS])
def test_every_kind_of_engine_can_do_all_of_it(kind: str) -> None:
    spec = EngineSpec(
        kind=kind, model="m", adapter="", base_url="http://127.0.0.1:9/v1", timeout=1.0, concurrency=0, cache=False
    )
    engine = engines.create(spec)
    assert {name for name in NAMES if not hasattr(engine, name)} == set()
    assert {"name", "concurrency", "lane", "generate", "truncate", "following", "start", "close", "room"} <= NAMES
    assert engine.state == "not started", "nothing is loaded yet"
    assert engine.concurrency == engines.kind_of(kind).concurrency


def test_one_call_that_breaks_is_told_from_an_engine_that_is_lost() -> None:
    assert issubclass(Fault, Problem)
    assert not issubclass(TooLong, Fault), "asking again does not help"
    told = TooLong("the prompt is too long", limit=100, length=140)
    assert (str(told), told.limit, told.length) == ("the prompt is too long", 100, 140)
    assert TooLong("so").limit is None


@pytest.mark.parametrize("value", [True, None, "1", [], float("nan"), float("inf"), pytest.param(10**400, id="huge")])
def test_what_is_no_finite_number_is_none(value: object) -> None:
    assert number(value) is None
    assert [number(each) for each in (0, -2, 0.5, 10**300)] == [0.0, -2.0, 0.5, 1e300]


def test_of_tokens_that_read_alike_the_likeliest_counts() -> None:
    assert likeliest([("a", -3.0), ("b", -1.0), ("a", -2.0), ("b", -9.0)]) == {"a": -2.0, "b": -1.0}
    assert likeliest([]) == {}


def test_an_answer_that_is_to_be_gone_on_with_is_the_last_turn() -> None:
    turns = (Message(role="user", content="which?"), Message(role="assistant", content="[1] is"))
    assert begun_in(turns) == "[1] is"
    assert begun_in(turns[:1]) == begun_in(turns[::-1]) == begun_in(()) == ""
