"""Any server that speaks OpenAI's chat completions protocol, in whichever dialect of it."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from .. import address
from ..errors import Problem, shown
from ..events import Message
from .dialect import LENGTHS, Body, Dialect
from .length import cut_words
from .protocol import Chunk, Decoding, Fault, TooLong, begun_in
from .refusal import Refusal, of_body, plain

if TYPE_CHECKING:
    from ..plan import EngineSpec
    from .connection import Connection
    from .tokens import Tokens

RETRIES = 3
"""Times a request is sent again, with growing pauses, for cut connections, HTTP 429 and 5xx before the first text."""
PAUSE = 0.5
"""Seconds before the first of them, doubled each time."""
CHANGES = 12
"""Times one call may find that the server takes a request in another way."""


class OpenAI:
    """One model on one server. `timeout` is in seconds of silence: until the first byte and between any two lines.
    `key` is sent in place of the one in the environment."""

    name = "openai"

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        timeout: float = 120.0,
        concurrency: int = 16,
        key: address.Secret | None = None,
    ) -> None:
        self.base_url = base_url
        self.key = key
        self.model = model
        self.concurrency = concurrency
        self.lane = asyncio.Semaphore(concurrency)
        self.timeout = timeout
        self.state = "not started"
        self.lock = asyncio.Lock()
        self.running = 0
        self.dialect = Dialect()
        self.connection: Connection | None = None
        self.bases: list[str] = []
        self.models: list[str] | None = None
        self.unlisted = ""
        self.tokens: Tokens | None = None

    @property
    def room(self) -> int:
        """What its calls leave of `concurrency`: servers batch."""
        return max(0, self.concurrency - self.running)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is done otherwise for this server than for others, in words."""
        if self.state != "ready" or self.model in (self.models or ()):
            return tuple(self.dialect.notes())
        listed = f"the server's list does not have it, but {self.have}" if self.models else self.unlisted
        return (listed or "the server lists no models", *self.dialect.notes())

    async def start(self) -> None:
        """Reach the server and find the model. Raises `Problem` where either is not there."""
        async with self.lock:
            if self.state != "ready":
                await self.reach()

    async def reach(self) -> None:
        """Connect anew."""
        from .connection import Connection
        from .tokens import find

        self.state = "starting"
        try:
            await self.close()
            place = address.parse(self.base_url)
            self.bases = place.bases()
            key = address.key() if self.key is None else self.key
            self.connection = await asyncio.to_thread(Connection, place, key, self.timeout)
            self.models = await self.listed(self.connection)
            self.model = self.model or self.only_model(self.connection)
            self.tokens = await find(self.connection, self.bases[0].removesuffix("/v1"), self.model)
        except BaseException as error:
            self.state = f"lost: {error}" if isinstance(error, Problem) else "not started"
            raise
        self.state = "ready"

    async def close(self) -> None:
        """Close the connections."""
        if self.connection is not None:
            await self.connection.close()
        self.connection = self.tokens = None
        if self.state == "ready":
            self.state = "not started"

    async def listed(self, connection: Connection) -> list[str] | None:
        """Return the names of the models, None where the server does not tell, and find where its routes are."""
        refusals = []
        for base in self.bases:
            status, body = await connection.fetch("GET", f"{base}/models")
            names = model_names(body) if status < 300 else None
            if names is not None:
                self.bases = [base, *(other for other in self.bases if other != base)]
                return names
            refusals.append(of_body(status, body))
        self.unlisted = f"the server does not list its models: {connection.hide(refusals[0].quoted)}"
        if not self.model and (refusals[0].key or refusals[0].passes):
            raise self.problem(connection, refusals[0], 1, {})
        return None

    def only_model(self, connection: Connection) -> str:
        """Return the only model there is."""
        if self.models is not None and len(self.models) == 1:
            return self.models[0]
        if not self.models:
            raise Problem(f"{connection.where} does not say which models it has, name one with --model")
        raise Problem(f"{connection.where} has not one model but {self.have}, choose with --model")

    @property
    def have(self) -> str:
        """Name the models that the server lists."""
        names = [plain(name) for name in self.models or ()]
        return ", ".join(names[:10]) + (", …" if len(names) > 10 else "") or "no list of what it has"

    async def truncate(self, texts: Sequence[str], tokens: int) -> list[str]:
        """Cut by the server's tokenizer where it has such routes, else by a rule of thumb."""
        if self.tokens is None:
            return await asyncio.to_thread(lambda: [cut_words(text, tokens) for text in texts])
        return list(await asyncio.gather(*(self.tokens.cut(text, tokens) for text in texts)))

    async def generate(self, messages: Sequence[Message], decoding: Decoding) -> AsyncGenerator[Chunk, None]:
        """Stream one completion. Raises `Fault` for what may pass, `Problem` for what will not."""
        await self.start()
        self.running += 1
        try:
            async with aclosing(self.answer(messages, decoding)) as chunks:
                async for chunk in chunks:
                    yield chunk
        finally:
            self.running -= 1

    async def following(self, messages: Sequence[Message], text: str) -> Mapping[str, float]:
        """Let the server go on with an answer, as vLLM can, and return the likeliest tokens."""
        await self.start()
        begun = begun_in(messages)
        before = messages[:-1] if begun else messages
        turns = [*before, Message(role="assistant", content=begun + text)]
        async with aclosing(self.answer(turns, Decoding(max_tokens=1, alternatives_after=""))) as chunks:
            async for chunk in chunks:
                for token in chunk.tokens:
                    return token.alternatives
        raise Problem(f"server {shown(self.bases[0])} tells no log-probabilities, give another --sort than logits")

    async def answer(self, messages: Sequence[Message], decoding: Decoding) -> AsyncGenerator[Chunk, None]:
        """Ask until the server takes the request: in its dialect, where its routes are, and again where it may pass."""
        from .connection import Cut, Unreachable
        from .stream import Broken, Refused

        connection = self.connection
        if connection is None:
            raise Fault("the connection to the server was closed")
        deadline = asyncio.get_running_loop().time() + connection.overall
        changes = tries = 0
        while True:
            sent, base, began = self.dialect.body(self.model, messages, decoding), self.bases[0], False
            try:
                async with aclosing(attempt(connection, base, sent, decoding.alternatives_after, deadline)) as chunks:
                    async for chunk in chunks:
                        began = began or bool(chunk.text)
                        yield replace(chunk, sampled="temperature" not in sent) if chunk.finish_reason else chunk
                return
            except Refused as error:
                refusal, changes = error.refusal, changes + 1
                if began:
                    quoted = connection.hide(refusal.quoted)
                    raise Fault(f"{connection.where} broke the answer off: {quoted}") from error
                if changes < CHANGES and self.learn(refusal, sent, base):
                    continue
                tries += not refusal.loading
                if not await pause(refusal, tries, deadline):
                    raise self.problem(connection, refusal, tries, sent) from error
            except Broken as error:
                raise Fault(f"{connection.where} {connection.hide(str(error))}") from error
            except Cut:
                tries += 1
                if began or not await pause(Refusal(503, ""), tries, deadline):
                    raise
            except Unreachable as problem:
                self.state = f"lost: {problem}"
                raise

    def learn(self, refusal: Refusal, sent: Body, base: str) -> bool:
        """Take from a refusal how to ask otherwise. False where it tells nothing of the kind."""
        if refusal.too_long and refusal.limit:
            return False
        if self.dialect.adapt(refusal, sent):
            return True
        lost = refusal.status in (404, 405) and not refusal.no_model
        if lost and base != self.bases[-1]:
            if base == self.bases[0]:
                self.bases = [*self.bases[1:], base]
            return True
        return False

    def problem(self, connection: Connection, refusal: Refusal, tries: int, sent: Body) -> Problem:
        """Say what a refusal means, with the server's own words."""
        where, quoted = connection.where, connection.hide(refusal.quoted)
        if refusal.key:
            return Problem(f"{where} refused the key, set RANKR1_API_KEY to one it takes: {quoted}")
        if refusal.spent:
            return Problem(f"{where} answers no more with this key, its quota is spent: {quoted}")
        if refusal.too_long:
            most = next((sent[name] for name in LENGTHS if name in sent), 0)
            if refusal.limit and most >= refusal.limit:
                help_ = f"give a --max-tokens well below {refusal.limit}, it is {most} now"
            else:
                help_ = f"fewer --docs-per-call, a smaller --depth, or a --max-tokens below {most} may help"
            return TooLong(f"{where} has no room for so long a call: {quoted}; {help_}", refusal.limit, refusal.length)
        if refusal.no_model:
            have = connection.hide(self.have)
            return Problem(f"model {shown(self.model)} is not on {where}, it has {have}: {quoted}")
        if refusal.filtered:
            return Fault(f"{where} withheld the answer by its content filter: {quoted}")
        if refusal.passes:
            times = f" {tries} times" if tries > 1 else ""
            later = f", and asks to wait {refusal.wait:g} seconds" if refusal.wait else ""
            words = quoted.partition(", ")[2]
            return Fault(f"{where} answered HTTP {refusal.status}{times}{later}: {words}")
        if refusal.page or refusal.status in (404, 405):
            return Problem(f"{where} does not answer like an OpenAI-compatible one: {quoted}")
        if not refusal.status:
            return Fault(f"{where} sent an error in place of an answer: {quoted}")
        return Problem(f"{where} refused the request: {quoted}")


async def attempt(
    connection: Connection, base: str, body: Body, marker: str | None, deadline: float
) -> AsyncGenerator[Chunk, None]:
    """Send one request and read the answer. Raises `Refused`, `Broken`, `Fault` or `Problem`."""
    from .connection import wait_of
    from .stream import Refused, pieces

    silence = connection.timeout if body["stream"] else connection.overall
    route = "completions" if "prompt" in body else "chat/completions"
    async with connection.send("POST", f"{base}/{route}", body, silence) as response:
        if response.status_code >= 300:
            raise Refused(of_body(response.status_code, await connection.rest(response, deadline), wait_of(response)))
        blocks = connection.watched(response, silence, deadline)
        async with aclosing(blocks), aclosing(pieces(blocks, marker)) as chunks:
            async for chunk in chunks:
                yield chunk


async def pause(refusal: Refusal, tries: int, deadline: float) -> bool:
    """Wait before a request is sent again; at once False where that is of no use or comes too late."""
    seconds = refusal.wait if refusal.wait is not None else PAUSE * 2 ** max(tries, 1) * random.uniform(0.4, 0.6)
    late = asyncio.get_running_loop().time() + seconds > deadline
    if late or tries > RETRIES or refusal.spent or not refusal.passes:
        return False
    await asyncio.sleep(seconds)
    return True


def model_names(body: bytes) -> list[str] | None:
    """Return the names in a list of models, in any of its shapes; None for what is no such list."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if isinstance(found, dict):
        lists = [found.get(name) for name in ("data", "models") if name in found]
        if not lists:
            return None
        found = next((each for each in lists if each), [])
    if not isinstance(found, list):
        return None
    fields = [each if isinstance(each, dict) else {"id": each} for each in found]
    names = [each.get("id") or each.get("name") or each.get("model") for each in fields]
    return [name for name in names if isinstance(name, str)]


def create(spec: EngineSpec, concurrency: int) -> OpenAI:
    """Return the engine of a spec; nothing is reached yet."""
    return OpenAI(spec.base_url, spec.model, timeout=spec.timeout, concurrency=concurrency)
