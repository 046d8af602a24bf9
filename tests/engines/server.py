"""A scripted server that speaks the OpenAI protocol over real HTTP, and can break in every way a server can."""

from __future__ import annotations

import asyncio
import json
import math
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

Judge = Callable[[list[dict[str, str]]], str]
Fault = Callable[[int], str]
"""From the number of the request to how it goes wrong: '' for not at all, `500`, `429`, `cut`, `drop`, `hang`."""

Shares = Callable[[list[dict[str, str]]], dict[str, float]]
"""From the messages to the probability of each label as the answer, which is told where log-probabilities are asked."""


class ScriptedServer(AbstractContextManager["ScriptedServer"]):
    """Answers are the judge's, a few characters at a time, `pause` seconds apart, after `latency` seconds."""

    def __init__(
        self,
        judge: Judge,
        *,
        latency: float = 0.0,
        pause: float = 0.0,
        fault: Fault = lambda number: "",
        models: tuple[str, ...] = ("judge",),
        page: str = "",
        shares: Shares | None = None,
    ) -> None:
        self.shares = shares
        self.judge, self.latency, self.pause, self.fault = judge, latency, pause, fault
        self.models, self.page = models, page
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.running = 0
        self.most = 0
        self.left = 0
        self.held = False
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        routes = [
            Route("/v1/models", self.list_models),
            Route("/v1/chat/completions", self.complete, methods=["POST"]),
        ]
        config = uvicorn.Config(
            Starlette(routes=routes),
            port=self.port,
            log_level="critical",
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)

    @property
    def base_url(self) -> str:
        """What `--base-url` takes."""
        return f"http://127.0.0.1:{self.port}/v1"

    def hold(self) -> None:
        """Keep answers from ending, so that a test looks at what is running for as long as it needs, whatever else the
        machine does."""
        self.held = True

    def release(self) -> None:
        """Let all answers end."""
        self.held = False

    def __enter__(self) -> ScriptedServer:
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
        self.server.should_exit = True
        self.thread.join()

    async def list_models(self, request: Request) -> Response:
        if self.page:
            return HTMLResponse(self.page)
        return JSONResponse({"object": "list", "data": [{"id": m, "object": "model"} for m in self.models]})

    async def complete(self, request: Request) -> Response:
        body = await request.json()
        self.requests.append(body)
        self.keys.append(request.headers.get("authorization", ""))
        how = self.fault(len(self.requests))
        if how.isdigit():
            return JSONResponse({"error": {"message": f"scripted {how}"}}, status_code=int(how))
        if how == "drop":
            return StreamingResponse(broken(), media_type="text/event-stream")
        return StreamingResponse(self.stream(body, how), media_type="text/event-stream")

    async def stream(self, body: dict[str, Any], how: str) -> AsyncIterator[str]:
        """The answer as server-sent events."""
        self.running += 1
        self.most = max(self.most, self.running)
        done = False
        try:
            await asyncio.sleep(60 if how == "hang" else self.latency)
            text = self.judge(body["messages"])
            for piece, logprobs in self.pieces(text, body):
                yield event({"choices": [{"index": 0, "delta": {"content": piece}, "logprobs": logprobs}]})
                await asyncio.sleep(self.pause)
                if how == "cut":
                    raise RuntimeError("scripted cut")
            while self.held:  # noqa: ASYNC110 - released from another thread
                await asyncio.sleep(0.01)
            yield event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
            details = {"cached_tokens": 3}
            usage = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18, "prompt_tokens_details": details}
            yield event({"choices": [], "usage": usage})
            yield "data: [DONE]\n\n"
            done = True
        finally:
            self.running -= 1
            self.left += not done

    def pieces(self, text: str, body: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any] | None]]:
        """A few characters at a time; the label of the answer as one token, with what else it could have been."""
        place = text.rfind("[") if self.shares and body.get("logprobs") else len(text)
        for start in range(0, place, 9):
            yield text[start : min(place, start + 9)], None
        if self.shares and place < len(text):
            label, rest = text[place : text.index("]", place) + 1], text[text.index("]", place) + 1 :]
            shares = sorted(self.shares(body["messages"]).items(), key=lambda item: -item[1])
            told = [{"token": each, "logprob": math.log(share), "bytes": None} for each, share in shares if share]
            told = told[: body["top_logprobs"]]
            own = next((each["logprob"] for each in told if each["token"] == label), -99.0)
            yield label, {"content": [{"token": label, "logprob": own, "bytes": None, "top_logprobs": told}]}
            yield rest, None


async def broken() -> AsyncIterator[str]:
    """A connection that ends before its first byte."""
    raise RuntimeError("scripted drop")
    yield ""


def event(data: dict[str, Any]) -> str:
    """One server-sent event."""
    whole = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "judge", **data}
    return f"data: {json.dumps(whole)}\n\n"
