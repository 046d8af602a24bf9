"""Calls to a model as events: numbered, at once, asked again, cut shorter, dropped, and never without an end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from rankr1_app.engines.protocol import Chunk, Decoding, Fault, TooLong
from rankr1_app.errors import Problem
from rankr1_app.events import CallFinished, CallStarted, Kind, Message, ReasoningDelta, Usage
from rankr1_app.reranking.asking import CUTS, PATIENCE, Answer, Asking, Question, Reading, Reply
from rankr1_app.reranking.passages import Passages
from rankr1_app.reranking.prompt import Prompt, load

from ..doubles import Scripted

FIRST_STAGE = {"a": 1, "b": 2, "c": 3}


@dataclass
class Plain:
    """A family whose model names a document; the second attempt is asked in reverse."""

    kind: Kind = "choose"
    template: Prompt = field(default_factory=lambda: load("setwise-r1-v0.2"))
    passages: Passages = field(default_factory=lambda: Passages("q", dict.fromkeys("abc", "word " * 400), 400))
    decoding: Decoding = field(default_factory=lambda: Decoding(max_tokens=10))

    def labels(self, documents: tuple[str, ...], attempt: int) -> tuple[str, ...]:
        return documents if attempt == 1 else documents[::-1]

    def messages(self, labels: Sequence[str]) -> tuple[Message, ...]:
        return (Message(role="user", content=" ".join([*labels, *self.passages.shown(labels)[0]])),)

    async def read(self, reply: Reply, labels: tuple[str, ...], messages: tuple[Message, ...]) -> Reading:
        if reply.text in labels:
            return Reading(status="ok", answer=(reply.text,), order=(reply.text,))
        return Reading(status="unreadable", why=f"{reply.text!r} is no document")


class Model(Scripted):
    """Answers in turn, the last one for ever: a text, or what an engine raises."""

    def __init__(self, *answers: str | Exception, delay: float = 0.0, concurrency: int = 64) -> None:
        super().__init__(delay=delay, concurrency=concurrency)
        self.answers = list(answers)
        self.prompts: list[str] = []

    async def generate(self, messages: Sequence[Message], decoding: Decoding) -> AsyncGenerator[Chunk, None]:
        self.prompts.append(messages[0].content)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(self.delay)
            if isinstance(answer, Exception):
                raise answer
            for character in answer:
                yield Chunk(text=character)
            yield Chunk(finish_reason="stop", usage=Usage(prompt_tokens=3, completion_tokens=1))
        finally:
            self.running -= 1


def asking(model: Scripted, family: Plain | None = None) -> Asking:
    return Asking(model, family or Plain(), FIRST_STAGE, lambda: 5.0)


def question(documents: str = "abc") -> Question:
    return Question(tuple(documents), "finding the best", 1)


async def run(asked: Asking, *questions: Question) -> list[Any]:
    return [event async for event in asked.round(questions or (question(),))]


def of(found: list[Any], kind: type[Any]) -> list[Any]:
    return [event for event in found if isinstance(event, kind)]


async def test_a_call_starts_is_written_ends_and_answers() -> None:
    found = await run(asking(Model("b")))
    assert [type(event) for event in found] == [CallStarted, ReasoningDelta, CallFinished, Answer]
    started, written, finished, answer = found
    assert (started.call, started.round, started.purpose, started.documents) == (1, 1, "finding the best", tuple("abc"))
    assert (started.kind, started.repeats, started.at) == ("choose", None, 5.0)
    assert (written.call, written.text) == (1, "b")
    assert (finished.status, finished.text, finished.answer, finished.finish_reason) == ("ok", "b", ("b",), "stop")
    assert finished.usage == Usage(prompt_tokens=3, completion_tokens=1)
    assert (answer.call, answer.reading.order, answer.question) == (1, ("b",), question())


async def test_questions_of_a_round_are_asked_at_once_within_the_lane() -> None:
    questions = [question(each) for each in ("ab", "bc", "ca")]
    wide, narrow = Model("c", delay=0.01), Model("c", delay=0.01, concurrency=2)
    for model, most in ((wide, 3), (narrow, 2)):
        found = await run(asking(model), *questions)
        assert model.most == most
        assert {event.call for event in of(found, CallStarted)} == {1, 2, 3, 4}, "the first cannot be read, once"
        assert len(of(found, Answer)) == 3


async def test_what_cannot_be_read_is_asked_again_in_another_order() -> None:
    found = await run(asking(Model("nobody", "b")))
    first, again = of(found, CallStarted)
    assert (again.documents, again.repeats) == (tuple("cba"), first.call)
    assert again.purpose == "finding the best; asked again in another order: 'nobody' is no document"
    assert [event.status for event in of(found, CallFinished)] == ["retried", "ok"]
    assert [(event.call, event.reading.order) for event in of(found, Answer)] == [(2, ("b",))]


async def test_one_document_has_no_other_order() -> None:
    found = await run(asking(Model("nobody", "a")), question("a"))
    assert of(found, CallStarted)[1].purpose == "finding the best; asked again: 'nobody' is no document"


@pytest.mark.parametrize(("kind", "order"), [("choose", ("a",)), ("order", ("a", "b", "c")), ("score", ())])
async def test_what_cannot_be_read_twice_is_decided_by_the_first_stage(kind: Kind, order: tuple[str, ...]) -> None:
    asked = asking(Model("nobody"), Plain(kind))
    found = await run(asked, question("cba"))
    assert [event.status for event in of(found, CallFinished)] == ["retried", "failed"]
    finished, answer = of(found, CallFinished)[1], of(found, Answer)[0]
    assert finished.order == answer.reading.order == order
    assert (finished.answer, finished.error) == ((), "'nobody' is no document")
    with pytest.raises(Problem) as raised:
        asked.check()
    assert str(raised.value) == (
        "not one answer of model 'script' could be read, the last one: 'nobody' is no document; the order is the first "
        "stage's"
    )


async def test_one_readable_answer_is_enough() -> None:
    asked = asking(Model("nobody", "nobody", "b"))
    await run(asked)
    await run(asked)
    asked.check()
    asking(Model("b")).check()


async def test_a_call_that_breaks_ends_in_error_and_is_asked_again() -> None:
    found = await run(asking(Model(Fault("connection cut"), "b")))
    broken, whole = of(found, CallFinished)
    assert (broken.status, broken.finish_reason, broken.error, broken.text) == (
        "retried",
        "error",
        "connection cut",
        "",
    )
    assert whole.status == "ok"


async def test_too_many_broken_calls_in_a_row_end_the_search() -> None:
    asked = asking(Model(*[Fault("refused")] * (PATIENCE - 1), "b", Fault("refused")))
    await run(asked)
    await run(asked)
    assert asked.faults == PATIENCE - 1
    await run(asked)
    assert asked.faults == 0, "one that worked begins the count anew"
    for _ in range(2):
        await run(asked)
    with pytest.raises(Problem) as raised:
        await run(asked)
    assert str(raised.value) == "the engine failed 5 calls in a row, the last one: refused"


async def test_a_problem_of_the_engine_ends_the_round_and_every_other_call() -> None:
    model = Model(Problem("no such model"), "b", delay=0.01)
    stream = asking(model).round([question("ab"), question("bc")])

    async def follow() -> None:
        async for _ in stream:
            pass

    with pytest.raises(Problem, match="^no such model$"):
        await follow()
    assert model.running == 0


async def test_calls_that_no_longer_matter_are_dropped_and_say_so() -> None:
    model = Model("b", delay=30)
    asked, found = asking(model), list[Any]()
    async for event in asked.round([question("ab"), question("bc")]):
        found.append(event)
        if len(of(found, CallStarted)) == 2:
            await asyncio.sleep(0)
            asked.drop(lambda each: True)
    assert [event.status for event in of(found, CallFinished)] == ["cancelled", "cancelled"]
    assert of(found, Answer) == []
    assert (model.running, asked.waiting) == (0, {})


async def test_closing_a_round_ends_every_call() -> None:
    model = Model("b", delay=30)
    stream = asking(model).round([question("ab"), question("bc")])
    await anext(stream)
    await asyncio.sleep(0)
    assert model.running == 2
    async with asyncio.timeout(10):
        await stream.aclose()
    assert model.running == 0


async def test_a_question_that_is_too_long_is_asked_with_shorter_documents() -> None:
    model, family = Model(TooLong("too long", limit=600, length=1300), "b"), Plain()
    found = await run(asking(model, family))
    first, shorter = of(found, CallStarted)
    assert family.passages.tokens < 400
    assert len(model.prompts[1]) < len(model.prompts[0])
    why = f"the model has room for 600 tokens, so documents are cut to {family.passages.tokens}"
    assert shorter.purpose == f"finding the best; {why}"
    assert (shorter.documents, shorter.repeats) == (first.documents, first.call), "in the same order"
    assert [event.status for event in of(found, CallFinished)] == ["retried", "ok"]


async def test_a_question_that_stays_too_long_is_not_cut_for_ever() -> None:
    model = Model(TooLong("too long", limit=2000, length=2100))
    found = await run(asking(model))
    assert len(of(found, CallStarted)) == CUTS + 2
    assert of(found, CallFinished)[-1].status == "failed"


async def test_a_model_without_room_for_documents_says_so() -> None:
    with pytest.raises(TooLong, match="^too long$"):
        await run(asking(Model(TooLong("too long"))))


async def test_thought_of_a_field_of_its_own_is_counted_as_such() -> None:
    class Thinking(Scripted):
        async def generate(self, messages: Any, decoding: Any) -> AsyncGenerator[Chunk, None]:
            yield Chunk(text="hm, ", reasoning=True)
            yield Chunk(text="so", reasoning=True)
            yield Chunk(text="b")
            yield Chunk(finish_reason="stop")

    class Whole(Plain):
        async def read(self, reply: Reply, labels: tuple[str, ...], messages: tuple[Message, ...]) -> Reading:
            assert (reply.text, reply.thought) == ("hm, sob", 6)
            return Reading(status="ok", answer=("b",), order=("b",))

    found = await run(asking(Thinking(), Whole()))
    assert [event.thought for event in of(found, ReasoningDelta)] == [True, True, False]
    assert of(found, CallFinished)[0].thought == 6


async def test_scores_are_told_to_six_digits() -> None:
    class Scored(Plain):
        async def read(self, reply: Reply, labels: tuple[str, ...], messages: tuple[Message, ...]) -> Reading:
            return Reading(status="ok", scores=(1 / 3, 0.5), score_name="grade")

    (finished,) = of(await run(asking(Model("b"), Scored("score"))), CallFinished)
    assert (finished.scores, finished.score_name) == ((0.333333, 0.5), "grade")
