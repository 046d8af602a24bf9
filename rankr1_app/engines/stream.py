"""From the bytes of an answer to its pieces: server-sent events by the standard, one JSON object, or lines of them.

Every field may be null, missing, of another type, or a list of parts; what cannot be read as text is left out. What a
server says instead of an answer is raised as `Refused`, an answer that does not come whole as `Broken`.
"""

from __future__ import annotations

import asyncio
import codecs
import json
import re
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

from httpx_sse._decoders import SSEDecoder, SSELineDecoder

from ..events import Usage
from .protocol import Chunk, Token, likeliest, number
from .refusal import Refusal, of_body, of_json, plain

MOST = 64 * 2**20
"""Bytes of an answer that are read."""
LONG = 2**18
"""Characters of JSON from which on it is read in a thread."""
EVENT = re.compile(r"(?:data|event|id|retry)?(?::|$)")
"""How a line of server-sent events begins."""
DONE = "[DONE]"
THOUGHTS = ("reasoning_content", "reasoning", "thinking", "thought", "thinking_blocks", "reasoning_details")
"""Fields that servers put a thought into; where several hold one, they hold the same."""
THOUGHT_PARTS = ("thinking", "reasoning", "thought", "reasoning.text", "reasoning_text", "reasoning_content")
ENDS = {
    **dict.fromkeys(("stop", "eos", "eos_token", "stop_sequence", "end_turn", "completed", "complete"), "stop"),
    **dict.fromkeys(("length", "max_tokens", "model_length", "max_output_tokens", "token_limit"), "length"),
    **dict.fromkeys(("content_filter", "safety", "recitation", "prohibited_content", "refusal"), "content_filter"),
    **dict.fromkeys(("", "null", "none"), ""),
}
"""What servers call the ends that an answer can have; other words are taken for `stop`."""
BREAKS = re.compile(r"abort|cancel|error|fail|tool|function|insufficient|time.?out|overload|malformed")
"""In the name of an end that is none of an answer."""


class Refused(Exception):
    """The server sent an error in place of an answer, or of the rest of one."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__("the server refused")
        self.refusal = refusal


class Broken(Exception):
    """The answer did not come whole; the text says how, after the name of the server."""


async def pieces(content: AsyncIterable[bytes], marker: str | None = None) -> AsyncGenerator[Chunk, None]:
    """Read a whole answer. The last chunk has its `finish_reason` and, where the server tells it, its `usage`; tokens
    that end after `marker` come with their alternatives."""
    reader = Reader(marker)
    async with aclosing(values(content)) as found:
        async for value in found:
            if value == DONE:
                reader.done = True
                break
            for chunk in reader.read(value):
                yield chunk
    yield reader.end()


async def values(content: AsyncIterable[bytes]) -> AsyncGenerator[Any, None]:
    """Yield what the body holds: the JSON values of events or lines, or that of the whole, and `[DONE]`."""
    decoder, whole, kind = SSEDecoder(), list[str](), ""
    async for line in lines(content):
        kind = kind or kind_of(line.strip())
        if kind == "events":
            if (event := decoder.decode(line)) and event.data.strip():
                yield await data(event.event, event.data)
        # One value a line is read as it comes, a value over many lines at the end.
        elif kind == "json" and not whole and line.endswith("}") and (value := await parsed(line)) is not None:
            yield value
        else:
            whole.append(line)
    if (event := decoder.decode("")) and event.data.strip():
        yield await data(event.event, event.data)
    rest = "\n".join(whole).strip()
    if kind == "page":
        raise Refused(of_body(0, rest.encode("utf-8", "replace")))
    if rest:
        yield await data("", rest)


def kind_of(line: str) -> str:
    """Tell by its first line what a body is, whatever its header says."""
    if not line:
        return ""
    return {"{": "json", "[": "json", "<": "page"}.get(line[0]) or ("events" if EVENT.match(line) else "text")


async def data(event: str, text: str) -> Any:
    """Return the value of one event. An event named `error` is one, whatever its shape."""
    if text.strip() in (DONE, "null"):
        return DONE if text.strip() == DONE else {}
    value = await parsed(text)
    if event == "error":
        raise Refused(of_json(0, value if value is not None else text))
    if value is None:
        raise Broken(f"sent an answer that is not JSON: {plain(text)[:60]!r}")
    return value


async def parsed(text: str) -> Any:
    """Return a JSON value, None for what is none."""
    try:
        return json.loads(text) if len(text) < LONG else await asyncio.to_thread(json.loads, text)
    except (ValueError, RecursionError):
        return None


async def lines(content: AsyncIterable[bytes]) -> AsyncIterator[str]:
    """Yield lines as the standard of server-sent events splits them; bytes that are not UTF-8 become U+FFFD."""
    decoder, splitter, size = codecs.getincrementaldecoder("utf-8-sig")("replace"), SSELineDecoder(), 0
    async for block in content:
        if (size := size + len(block)) > MOST:
            raise Broken(f"sent more than {MOST // 2**20} MB and did not end")
        if text := decoder.decode(block):
            for line in splitter.decode(text):
                yield line
    if text := decoder.decode(b"", True):
        for line in splitter.decode(text):
            yield line
    for line in splitter.flush():
        yield line


class Reader:
    """What has come of one answer."""

    def __init__(self, marker: str | None) -> None:
        self.marker = marker
        self.text = self.answer = ""
        self.refusal = ""
        self.finish = ""
        self.usage: dict[str, Any] = {}
        self.done = False

    def read(self, value: Any) -> Iterator[Chunk]:
        """Yield the pieces of text in one value."""
        for each in value if isinstance(value, list) else [value]:
            if not isinstance(each, dict):
                raise Broken(f"sent an answer of another shape: {plain(json.dumps(value))[:60]!r}")
            choice = first_choice(each)
            if error := failure(each, choice):
                raise Refused(error)
            self.count(each)
            yield from self.read_choice(choice)
            self.ended(choice, each)

    def read_choice(self, choice: dict[str, Any]) -> Iterator[Chunk]:
        """Yield the pieces of text in a choice: what it adds, or a whole message that was not sent before."""
        delta, message = fields(choice.get("delta")), fields(choice.get("message"))
        part = delta or message or choice
        self.refusal += text_of(part.get("refusal"))
        if part is message and self.answer and text_of(part.get("content")).strip() == self.answer.strip():
            return
        for reasoning, raw in texts(part):
            text = raw.encode("utf-8", "replace").decode("utf-8")
            tokens = () if reasoning else tuple(self.tokens(choice.get("logprobs"), text))
            self.text += text
            self.answer += "" if reasoning else text
            yield Chunk(text=text, reasoning=reasoning, tokens=tokens)

    def ended(self, choice: dict[str, Any], value: dict[str, Any]) -> None:
        """Note how the answer ended, if this says so."""
        reason = choice.get("finish_reason") or choice.get("stop_reason")
        if isinstance(reason, str) and reason:
            self.finish = reason.casefold()
        if "message" in choice or value.get("object") == "chat.completion":
            self.done = True

    def count(self, value: dict[str, Any]) -> None:
        """Take in what the server counted; it may come with every piece, or in parts."""
        groq = fields(value.get("x_groq")).get("usage")
        for usage in (value.get("usage"), groq):
            self.usage |= {name: number for name, number in fields(usage).items() if number is not None}

    def tokens(self, logprobs: Any, text: str) -> Iterator[Token]:
        """Yield the tokens of `text`, which goes on from what was said, where they end after the marker."""
        whole = self.text + text
        if self.marker is None or self.marker not in whole:
            return
        at, after = len(self.text), whole.find(self.marker) + len(self.marker)
        content = fields(logprobs).get("content") or as_chat(fields(logprobs))
        for each in map(fields, content if isinstance(content, list) else ()):
            token = text_of(each.get("token"))
            if at + len(token) > after:
                others = each.get("top_logprobs")
                yield Token(at, token, likeliest(alternatives(others if isinstance(others, list) else ())))
            at += len(token)

    def end(self) -> Chunk:
        """Return the last chunk, or raise what was wrong with the answer as a whole."""
        finish = ENDS.get(self.finish, "stop")
        if BREAKS.search(self.finish):
            raise Broken(f"broke the answer off ({plain(self.finish)[:40]!r})")
        if not finish and not self.done:
            raise Broken("cut the connection in the middle of an answer" if self.text else "sent nothing")
        if not self.text.strip():
            raise Broken(self.silence(finish))
        return Chunk(finish_reason=finish or "stop", usage=counted(self.usage))

    def silence(self, finish: str) -> str:
        """Say why an answer may have no text."""
        if self.refusal:
            return f"has a model that refused to answer: {plain(self.refusal)!r}"
        if finish == "content_filter":
            return "withheld the answer by its content filter"
        if finish == "length":
            return "sent no text before the length limit was reached, a larger --max-tokens may help"
        return "sent an empty answer"


def as_chat(logprobs: dict[str, Any]) -> list[dict[str, Any]]:
    """Return log-probabilities of plain text as those of a chat: lists of tokens and of what could stand in place."""
    tokens, others = logprobs.get("tokens"), logprobs.get("top_logprobs")
    if not isinstance(tokens, list) or not isinstance(others, list):
        return []
    return [
        {"token": token, "top_logprobs": [{"token": text, "logprob": score} for text, score in fields(each).items()]}
        for token, each in zip(tokens, others, strict=False)
    ]


def first_choice(value: dict[str, Any]) -> dict[str, Any]:
    """Return the first choice, empty where there is none."""
    choices = value.get("choices")
    if isinstance(choices, list):
        return next((fields(each) for each in choices if fields(each).get("index") in (None, 0)), {})
    return fields(choices) or ({"message": value["message"]} if isinstance(value.get("message"), dict) else {})


def failure(value: dict[str, Any], choice: dict[str, Any]) -> Refusal | None:
    """Return the error that a piece holds instead of text."""
    if error := value.get("error") or choice.get("error"):
        return of_json(0, {"error": error})
    empty = not choice and "choices" not in value
    if value.get("object") == "error" or (empty and any(value.get(name) for name in ("message", "detail", "errors"))):
        return of_json(0, value)
    return None


def texts(part: dict[str, Any]) -> Iterator[tuple[bool, str]]:
    """Yield the texts of a message or of a piece of one, each with whether it is thought."""
    thought = next(filter(None, (text_of(part.get(name)) for name in THOUGHTS)), "")
    if thought:
        yield True, thought
    content = part.get("content")
    if content is None:
        content = part.get("text")
    for each in content if isinstance(content, list) else [content]:
        kind = fields(each).get("type")
        if text := text_of(each):
            yield kind in THOUGHT_PARTS, text


def text_of(value: Any, depth: int = 0) -> str:
    """Return the text of a field: a string, a part, or a list of them."""
    if isinstance(value, str):
        return value
    if depth > 4:
        return ""
    if isinstance(value, list):
        return "".join(text_of(each, depth + 1) for each in value)
    if isinstance(value, dict):
        names = ("text", "thinking", "content", "reasoning", "reasoning_content", "thought", "summary")
        return next(filter(None, (text_of(value.get(name), depth + 1) for name in names)), "")
    return ""


def fields(value: Any) -> dict[str, Any]:
    """Return an object's fields, none for what is no object."""
    return value if isinstance(value, dict) else {}


def alternatives(others: Any) -> Iterator[tuple[str, float]]:
    """Yield tokens with their log-probabilities."""
    for other in map(fields, others):
        score = number(other.get("logprob"))
        if isinstance(other.get("token"), str) and score is not None:
            yield other["token"], score


def counted(usage: dict[str, Any]) -> Usage | None:
    """Return what the server counted, None where it tells nothing. No question and no answer has no tokens."""
    prompt = count(usage, "prompt_tokens", "input_tokens") or None
    completion = count(usage, "completion_tokens", "output_tokens") or None
    if prompt is None and completion is None:
        return None
    cached = count(fields(usage.get("prompt_tokens_details")), "cached_tokens")
    if cached is None:
        cached = count(usage, "prompt_cache_hit_tokens", "cache_read_input_tokens")
    return Usage(prompt_tokens=prompt, completion_tokens=completion, cached_tokens=cached)


def count(usage: dict[str, Any], *names: str) -> int | None:
    """Return the first count of these names; what is no count is unknown."""
    for name in names:
        value = usage.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**53:
            return int(value)
    return None
