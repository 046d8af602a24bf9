"""Any server that speaks the OpenAI chat completions protocol, through OpenAI's own client."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from ..errors import Problem, shown
from ..events import Message, Usage
from .length import cut_words, start_like
from .protocol import ALTERNATIVES, Chunk, Decoding, Fault, Token

if TYPE_CHECKING:
    from openai import APIError, AsyncOpenAI

    from ..plan import EngineSpec

LOGPROBS: Any = {"logprobs": True, "top_logprobs": ALTERNATIVES}
RETRIES = 3
"""Times the client asks again, with growing pauses, for connection faults, HTTP 429 and 5xx before the first byte."""


class OpenAI:
    """One model on one server. `timeout` is in seconds of silence: until the first byte and between any two."""

    name = "openai"

    def __init__(self, base_url: str, model: str, *, timeout: float = 120.0, concurrency: int = 16) -> None:
        self.base_url = base_url.rstrip("/")
        self.model = model
        self.concurrency = concurrency
        self.lane = asyncio.Semaphore(concurrency)
        self.timeout = timeout
        self.state = "not started"
        self.client: AsyncOpenAI | None = None
        self.tokenizes = False
        self.lock = asyncio.Lock()
        self.running = 0

    @property
    def room(self) -> int:
        """What its calls leave of `concurrency`: servers batch."""
        return max(0, self.concurrency - self.running)

    async def start(self) -> None:
        """Reach the server and find the model. Raises `Problem` where either is not there."""
        async with self.lock:
            if self.state != "ready":
                await self.reach()

    async def reach(self) -> None:
        """Connect anew."""
        self.state = "starting"
        try:
            await self.close()
            self.client = await asyncio.to_thread(connect, self.base_url, self.timeout)
            self.model = chosen(self.model, await self.models(self.client), self.base_url)
            self.tokenizes = await self.can_tokenize()
        except BaseException as error:
            self.state = f"lost: {error}" if isinstance(error, Problem) else "not started"
            raise
        self.state = "ready"

    async def close(self) -> None:
        """Close the connections."""
        if self.client is not None:
            await self.client.close()
        self.client = None
        if self.state == "ready":
            self.state = "not started"

    async def models(self, client: AsyncOpenAI) -> list[str] | None:
        """Names of the models the server has, None if it does not tell."""
        import openai

        try:
            page = await client.models.list()
            return [str(model.id) for model in page.data]
        except openai.NotFoundError:
            return None
        except openai.APIError as error:
            raise self.problem(error) from error
        except (AttributeError, TypeError, ValueError):
            raise Problem(f"server {shown(self.base_url)} does not answer like an OpenAI-compatible one") from None

    async def can_tokenize(self) -> bool:
        """Whether the server has vLLM's /tokenize for this model."""
        try:
            found = await self.post("/tokenize", {"model": self.model, "prompt": "a", "add_special_tokens": False})
        except Exception:
            return False
        return isinstance(found.get("tokens"), list)

    async def truncate(self, texts: Sequence[str], tokens: int) -> list[str]:
        """By the server's tokenizer where it has vLLM's routes, else by words."""
        if not self.tokenizes:
            return [cut_words(text, tokens) for text in texts]
        return list(await asyncio.gather(*(self.truncated(text, tokens) for text in texts)))

    async def truncated(self, text: str, tokens: int) -> str:
        """One text. A token is at least a byte, so short texts need not be sent."""
        if len(text.encode("utf-8", "replace")) <= tokens:
            return text
        found = await self.post("/tokenize", {"model": self.model, "prompt": text, "add_special_tokens": False})
        if len(found["tokens"]) <= tokens:
            return text
        kept = await self.post("/detokenize", {"model": self.model, "tokens": found["tokens"][:tokens]})
        return start_like(text, str(kept["prompt"]))

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """A route beside the OpenAI ones, at the server's root."""
        assert self.client is not None
        root = self.base_url.removesuffix("/v1")
        try:
            found = await self.client.post(root + path, body=body, cast_to=object)
        except Exception as error:
            raise Fault(f"server {shown(self.base_url)} could not tokenize: {error}") from error
        if not isinstance(found, dict):
            raise Fault(f"server {shown(self.base_url)} could not tokenize: it sent no JSON object")
        return found

    async def generate(self, messages: Sequence[Message], decoding: Decoding) -> AsyncGenerator[Chunk, None]:
        """Stream one completion. Raises `Fault` for what may pass, `Problem` for what will not."""
        import httpx2 as httpx
        import openai

        await self.start()
        assert self.client is not None
        self.running += 1
        try:
            stream = await self.client.chat.completions.create(
                model=self.model,
                messages=cast("Any", [{"role": m.role, "content": m.content} for m in messages]),
                max_tokens=decoding.max_tokens,
                temperature=decoding.temperature,
                seed=decoding.seed,
                stream=True,
                stream_options={"include_usage": True},
                **({} if decoding.alternatives_after is None else LOGPROBS),
            )
            async with stream:
                async for chunk in joined(stream, decoding.alternatives_after):
                    yield chunk
        except openai.APIError as error:
            raise self.problem(error) from error
        except httpx.HTTPError as error:
            words = "said nothing in time" if isinstance(error, httpx.TimeoutException) else "cut the connection"
            raise Fault(f"server {shown(self.base_url)} {words} in the middle of an answer") from error
        except (AttributeError, TypeError, ValueError) as error:
            raise Fault(f"server {shown(self.base_url)} sent an answer of another shape: {error}") from error
        finally:
            self.running -= 1

    async def following(self, messages: Sequence[Message], text: str) -> Mapping[str, float]:
        """By letting the server go on with an answer, as vLLM can."""
        import openai

        await self.start()
        assert self.client is not None
        begun = [*messages, Message(role="assistant", content=text)]
        try:
            answer = await self.client.chat.completions.create(
                model=self.model,
                messages=cast("Any", [{"role": m.role, "content": m.content} for m in begun]),
                max_tokens=1,
                temperature=0.0,
                extra_body={"continue_final_message": True, "add_generation_prompt": False},
                **LOGPROBS,
            )
        except openai.APIError as error:
            raise self.problem(error) from error
        told = answer.choices[0].logprobs if answer.choices else None
        if not told or not told.content:
            raise Problem(f"server {shown(self.base_url)} tells no log-probabilities, give another --sort than logits")
        return {each.token: each.logprob for each in told.content[0].top_logprobs}

    def problem(self, error: APIError) -> Problem:
        """The SDK's error in words for the user."""
        import httpx2 as httpx
        import openai

        where = f"server {shown(self.base_url)}"
        said = shown(" ".join(str(error).split()), 300)
        match error:
            case openai.APITimeoutError():
                return Fault(f"{where} said nothing for {self.timeout:g} seconds")
            case openai.APIConnectionError() if isinstance(error.__cause__, httpx.ConnectError):
                self.state = f"lost: {where} cannot be reached"
                return Problem(f"{where} cannot be reached: {error.__cause__ or error}; check the address, or start it")
            case openai.APIConnectionError():
                return Fault(f"{where} cut the connection: {error.__cause__ or error}")
            case openai.InternalServerError() | openai.RateLimitError():
                return Fault(f"{where} answered HTTP {error.status_code} {RETRIES + 1} times: {said}")
            case openai.AuthenticationError() | openai.PermissionDeniedError():
                return Problem(
                    f"{where} refused the key (HTTP {error.status_code}), set RANKR1_API_KEY to one it takes"
                )
            case openai.APIStatusError():
                return Problem(f"{where} refused the request (HTTP {error.status_code}): {said}")
            case openai.APIResponseValidationError():
                return Problem(f"{where} does not answer like an OpenAI-compatible one")
        return Fault(f"{where} broke off: {said}")


def connect(base_url: str, timeout: float) -> AsyncOpenAI:
    """A client for the server. Importing it takes a second, hence in a thread."""
    import httpx2 as httpx
    from openai import AsyncOpenAI

    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in ("http", "https") or not url.host:
        raise Problem(f"base-url {shown(base_url)} is no address, write it like http://127.0.0.1:8000/v1")
    key = os.environ.get("RANKR1_API_KEY") or os.environ.get("OPENAI_API_KEY") or "none"
    return AsyncOpenAI(
        base_url=base_url, api_key=key, max_retries=RETRIES, timeout=httpx.Timeout(timeout, connect=min(10.0, timeout))
    )


def chosen(model: str, known: list[str] | None, base_url: str) -> str:
    """The model to ask for: the one named, or the only one there is."""
    if model and (known is None or model in known):
        return model
    have = ", ".join(known or []) or "none"
    if model:
        raise Problem(f"model {shown(model)} is not on server {shown(base_url)}, it has {have}")
    if known is None or len(known) != 1:
        raise Problem(f"server {shown(base_url)} has not one model but {have}, choose with --model")
    return known[0]


async def joined(stream: Any, marker: str | None = None) -> AsyncGenerator[Chunk, None]:
    """The stream as one text. Servers with a reasoning parser send the thought in a field of its own
    (`reasoning`, formerly `reasoning_content`) without its tags: they are put back, as the model wrote them.
    Tokens that end after `marker` come with their alternatives."""
    thinking, said = False, ""
    async for part in stream:
        usage = part.usage and Usage(
            prompt_tokens=part.usage.prompt_tokens or 0,
            cached_tokens=getattr(part.usage.prompt_tokens_details, "cached_tokens", 0) or 0,
            completion_tokens=part.usage.completion_tokens or 0,
        )
        choice = part.choices[0] if part.choices else None
        if choice is None:
            if usage:
                yield Chunk(usage=usage)
            continue
        delta = choice.delta
        thought = getattr(delta, "reasoning", None) or getattr(delta, "reasoning_content", None) or ""
        text = delta.content or ""
        if thought and not thinking:
            thinking, thought = True, "<think>" + thought
        if thinking and (text or choice.finish_reason == "stop"):
            thinking, text = False, "</think>" + text
        whole = (thought + text).encode("utf-8", "replace").decode("utf-8")
        tokens = (
            tuple(told(choice.logprobs, len(said + whole) - len(text)))
            if marker is not None and marker in said + whole
            else ()
        )
        said += whole
        kept = tuple(
            token for token in tokens if token.at + len(token.text) > said.find(marker or "") + len(marker or "")
        )
        yield Chunk(text=whole, finish_reason=choice.finish_reason, usage=usage or None, tokens=kept)


def told(logprobs: Any, at: int) -> Iterator[Token]:
    """The tokens of a piece that begins at `at`."""
    for each in (logprobs and logprobs.content) or ():
        yield Token(at, each.token, {other.token: other.logprob for other in each.top_logprobs})
        at += len(each.token)


def create(spec: EngineSpec, concurrency: int) -> OpenAI:
    """Return the engine of a spec; nothing is reached yet."""
    return OpenAI(spec.base_url, spec.model, timeout=spec.timeout, concurrency=concurrency)
