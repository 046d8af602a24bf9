"""Servers as people have them: each quirk is one that a real server has, scripted over real HTTP.

The judge is right, so whatever can be read gives the right ranking. `table()` is what `tests/cases/servers.md` holds.
"""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from rankr1_app.events import Message

from ..doubles import best, shown

SSE, JSON, HTML, TEXT = "text/event-stream", "application/json", "text/html", "text/plain"


@dataclass
class Request:
    """One request: the `number`th to its route, counted from 1."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: Any
    body: dict[str, Any]
    number: int

    @property
    def texts(self) -> list[str]:
        """The documents in the prompt, in label order, wherever the system's turn is."""
        user = self.body["messages"][-1]["content"]
        return shown([Message(role="system", content=""), Message(role="user", content=user)])

    @property
    def label(self) -> str:
        """The right one."""
        return best(self.texts).rpartition("[")[2].partition("]")[0]

    @property
    def thought(self) -> str:
        """What a model would think."""
        return f"Document [{self.label}] holds the largest number."

    @property
    def answer(self) -> str:
        """What a model would answer."""
        return f"<answer>[{self.label}]</answer>"

    @property
    def whole(self) -> str:
        """Both, as the model was trained."""
        return f"<think>{self.thought}</think> {self.answer}"


@dataclass
class Response:
    """What is sent: blocks of bytes, and seconds between them; `cut` ends the connection in the middle."""

    blocks: list[bytes | float]
    status: int = 200
    kind: str = SSE
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


def data(value: Any) -> bytes:
    """One server-sent event."""
    return b"data: " + (value if isinstance(value, bytes) else json.dumps(value).encode()) + b"\n\n"


def piece(delta: Any, finish: str | None = None, **more: Any) -> bytes:
    """One piece of an answer."""
    return data({"id": "x", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more})


USAGE = {"prompt_tokens": 40, "completion_tokens": 9, "total_tokens": 49}
DONE = data(b"[DONE]")
END = [piece({}, "stop"), data({"choices": [], "usage": USAGE}), DONE]


def stream(*blocks: bytes | float, **more: Any) -> Response:
    """A whole stream."""
    return Response([*blocks, *END], **more)


def plain(request: Request) -> Response:
    """The usual answer, in a few pieces."""
    whole = request.whole
    return stream(*(piece({"content": whole[at : at + 20]}) for at in range(0, len(whole), 20)))


def error(status: int, body: Any, **headers: str) -> Response:
    """An error, as JSON or as text."""
    kind = JSON if not isinstance(body, str) else HTML if body.startswith("<") else TEXT
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return Response([content], status, kind, headers={name.replace("_", "-"): value for name, value in headers.items()})


def message(text: str, **more: Any) -> dict[str, Any]:
    """An error in OpenAI's shape."""
    return {"error": {"message": text, "type": "invalid_request_error", **more}}


def listing(*names: str) -> Response:
    """The list of models."""
    return error(200, {"object": "list", "data": [{"id": name, "object": "model"} for name in names]})


Script = Callable[[Request], Response]


@dataclass(frozen=True)
class Quirk:
    """What one server does otherwise, and what the first version of the product did (`before`). `fails` is what of the
    server's own words must be told where no ranking is to be had, `notes` what the engine says of the server."""

    name: str
    whose: str
    about: str
    before: str
    chat: Script
    models: Script = lambda request: listing("judge")
    other: Script = lambda request: error(404, message("not found"))
    root: str = "/v1"
    base: str = "/v1"
    fails: str = ""
    notes: str = ""
    requests: int | None = None
    unknown_usage: bool = False


QUIRKS: list[Quirk] = []


def quirk(whose: str, about: str, before: str, **more: Any) -> Callable[[Script], Script]:
    """Enter a quirk whose chat route is the function that follows; its name is the function's."""

    def enter(chat: Script) -> Script:
        QUIRKS.append(Quirk(chat.__name__, whose, about, before, chat, **more))
        return chat

    return enter


class QuirkServer(AbstractContextManager["QuirkServer"]):
    """A server with one quirk."""

    def __init__(self, quirk: Quirk) -> None:
        self.quirk = quirk
        self.requests: list[Request] = []
        self.lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args: object) -> None: ...

            def do_GET(self) -> None:
                outer.serve(self, {})

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                outer.serve(self, json.loads(raw or b"{}"))

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request: object, address: object) -> None:
                """Clients that leave early are no fault here."""

        self.http = Server(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True)

    @property
    def base_url(self) -> str:
        """What a person gives as `--base-url`."""
        return f"http://127.0.0.1:{self.http.server_port}{self.quirk.base}"

    @property
    def asked(self) -> list[Request]:
        """The calls to the model."""
        return [request for request in self.requests if request.path.endswith("/chat/completions")]

    def __enter__(self) -> QuirkServer:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()

    def serve(self, handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        """Answer one request."""
        parts = urlsplit(handler.path)
        with self.lock:
            number = 1 + sum(request.path == parts.path for request in self.requests)
            query = parse_qs(parts.query)
            request = Request(handler.command, parts.path, query, handler.headers, body, number)
            self.requests.append(request)
        routes = {
            f"{self.quirk.root}/models": self.quirk.models,
            f"{self.quirk.root}/chat/completions": self.quirk.chat,
        }
        send(handler, routes.get(parts.path, self.quirk.other)(request))


def send(handler: BaseHTTPRequestHandler, response: Response) -> None:
    """Send a response, block by block."""
    handler.send_response(response.status)
    handler.send_header("Content-Type", response.kind)
    for name, value in response.headers.items():
        handler.send_header(name, value)
    handler.send_header("Connection", "close")
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.close_connection = True
    for block in response.blocks:
        if isinstance(block, float):
            time.sleep(block)
        elif block:
            handler.wfile.write(f"{len(block):x}\r\n".encode() + block + b"\r\n")
            handler.wfile.flush()
    if not response.cut:
        handler.wfile.write(b"0\r\n\r\n")


# Refused parameters, in the words of those who refuse them.


@quirk("OpenAI, o-series", "three parameters refused one after the other", "ended the search", notes="max_completion_t")
def openai_reasoning_model(request: Request) -> Response:
    if "max_tokens" in request.body:
        text = (
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
        )
        return error(400, message(text, param="max_tokens", code="unsupported_parameter"))
    if request.body.get("temperature", 1) != 1:
        text = "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) is supported."
        return error(400, message(text, param="temperature", code="unsupported_value"))
    if request.body["messages"][0]["role"] == "system":
        text = "Unsupported value: 'messages[0].role' does not support 'system' with this model."
        return error(400, message(text, param="messages[0].role", code="unsupported_value"))
    return plain(request)


@quirk(
    "Azure OpenAI",
    "the key in a header of its own, a version in the address, no stream_options, a first piece about filters",
    "ended the search, query and all in the message",
    base="/openai/deployments/judge?api-version=2024-10-21",
    root="/openai/deployments/judge",
    models=lambda request: error(404, {"error": {"code": "404", "message": "Resource not found"}}),
    notes="stream_options left out",
)
def azure(request: Request) -> Response:
    if not request.headers.get("api-key") or request.query.get("api-version") != ["2024-10-21"]:
        return error(401, {"error": {"code": "401", "message": "Access denied due to invalid subscription key"}})
    if "stream_options" in request.body:
        return error(400, message("Unrecognized request argument supplied: stream_options"))
    filters = data({"choices": [], "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {}}]})
    return stream(filters, piece({"role": "assistant", "content": None}), piece({"content": request.whole}))


@quirk(
    "Mistral",
    "seed is forbidden, said in a nested list; thought as parts of the content",
    "ended the search without the reason",
)
def mistral(request: Request) -> Response:
    if "seed" in request.body:
        detail = [{"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}]
        return error(422, {"object": "error", "message": {"detail": detail}, "type": "invalid_request_error"})
    part = {"type": "thinking", "thinking": [{"type": "text", "text": request.thought}]}
    text = [{"type": "text", "text": request.answer}]
    return stream(piece({"content": [part]}), piece({"content": text}))


@quirk(
    "TGI",
    "a temperature must be strictly positive; events without a blank",
    "ended the search without the reason",
    notes="0.01",
)
def tgi(request: Request) -> Response:
    if request.body.get("temperature") == 0:
        text = "Input validation error: `temperature` must be strictly positive"
        return error(422, {"error": text, "error_type": "validation"})
    return stream(piece({"content": request.whole}).replace(b"data: ", b"data:"))


@quirk("Groq", "a smaller limit of the answer; usage in a field of its own", "ended the search", notes="at most 64 tok")
def groq(request: Request) -> Response:
    if request.body["max_tokens"] > 64:
        text = (
            "`max_tokens` must be less than or equal to `64`, the maximum value for `max_tokens` is less than the "
            "`context_window` for this model"
        )
        return error(400, message(text, param="max_tokens"))
    last = piece({}, "stop", x_groq={"id": "r", "usage": USAGE})
    return Response([piece({"content": request.whole}), last, DONE])


@quirk("LiteLLM", "the names of parameters inside an exception's text", "ended the search", notes="seed left out")
def litellm(request: Request) -> Response:
    if "seed" in request.body:
        text = "litellm.UnsupportedParamsError: anthropic does not support parameters: ['seed'], for model=claude-3"
        return error(400, {"error": {"message": text, "type": "None", "param": "None", "code": "400"}})
    return plain(request)


@quirk(
    "a gateway with a schema",
    "unknown fields refused without their names",
    "ended the search without the reason",
    notes="left out",
)
def nameless(request: Request) -> Response:
    if set(request.body) - {"model", "messages", "max_tokens", "stream"}:
        return error(400, {"detail": "Request validation failed: additional properties are not allowed"})
    return plain(request)


@quirk("vLLM with Gemma's or Mistral's template", "roles must alternate, no system", "ended the search", notes="before")
def gemma(request: Request) -> Response:
    if request.body["messages"][0]["role"] == "system":
        return error(
            400, {"object": "error", "message": "Conversation roles must alternate user/assistant/…", "code": 400}
        )
    return plain(request)


@quirk("a batch deployment", "no streaming", "ended the search", notes="in one piece", unknown_usage=True)
def no_streaming(request: Request) -> Response:
    if request.body["stream"]:
        return error(400, message("stream=true is not supported by this model"))
    answer = {"choices": [{"message": {"role": "assistant", "content": request.whole}, "finish_reason": "stop"}]}
    return error(200, answer)


# Where thought stands.


@quirk(
    "vLLM, reasoning parser",
    "the thought in `reasoning`, the answer in `content`",
    "ranked, with tags of ours in the model's text",
)
def vllm_reasoning_parser(request: Request) -> Response:
    return stream(piece({"reasoning": request.thought}), piece({"content": f"\n\n{request.answer}"}))


@quirk(
    "DeepSeek",
    "comments and empty lines while it waits; `reasoning_content`; null content",
    "ranked, with tags of ours in the model's text",
)
def deepseek(request: Request) -> Response:
    wait = b": keep-alive\n\n\n\n"
    thought = piece({"reasoning_content": request.thought, "content": None})
    return stream(wait, wait, thought, wait, piece({"content": request.answer, "reasoning_content": None}))


@quirk(
    "OpenRouter",
    "comments, the thought twice, empty content beside it",
    "ranked, with tags of ours in the model's text",
)
def openrouter(request: Request) -> Response:
    details = [{"type": "reasoning.text", "text": request.thought, "format": "unknown", "index": 0}]
    thought = piece({"content": "", "reasoning": request.thought, "reasoning_details": details})
    return stream(b": OPENROUTER PROCESSING\n\n", thought, piece({"content": request.answer}))


@quirk("Databricks", "reasoning as a summary inside the content", "five faults in Python's words")
def databricks(request: Request) -> Response:
    summary = {"type": "reasoning", "summary": [{"type": "summary_text", "text": request.thought}]}
    content = [summary, {"type": "text", "text": request.answer}]
    return stream(piece({"content": content}))


@quirk("llama.cpp without a parser, gpt-oss", "channels of the harmony format in the text", "ranked, all reasons lost")
def harmony(request: Request) -> Response:
    text = f"<|channel|>analysis<|message|>{request.thought}<|end|><|start|>assistant<|channel|>final<|message|>"
    return stream(piece({"content": text}), piece({"content": request.answer}))


@quirk("MLX servers, gpt-oss", "channels with their tokens stripped", "ranked, all reasons lost")
def harmony_stripped(request: Request) -> Response:
    return stream(piece({"content": f"analysisWe compare. {request.thought}assistantfinal{request.answer}"}))


@quirk("Mistral's template on vLLM", "[THINK] tags", "ranked, all reasons lost")
def magistral_tags(request: Request) -> Response:
    return stream(piece({"content": f"[THINK]{request.thought}[/THINK]{request.answer}"}))


@quirk("Kimi", "◁think▷ tags", "ranked, all reasons lost")
def kimi_tags(request: Request) -> Response:
    return stream(piece({"content": f"◁think▷{request.thought}◁/think▷"}), piece({"content": request.answer}))


@quirk("Cohere's models", "tags of their own, a reason to finish in capitals", "ranked, all reasons lost")
def cohere(request: Request) -> Response:
    text = f"<|START_THINKING|>{request.thought}<|END_THINKING|>{request.answer}"
    return Response([piece({"content": text}), piece({}, "COMPLETE"), DONE])


@quirk(
    "SGLang, separate_reasoning off",
    "the template opens the thought, so only its end comes",
    "ranked, all reasons lost",
)
def no_opening_tag(request: Request) -> Response:
    last = piece({}, "stop", matched_stop=151645)
    return Response([piece({"content": f"{request.thought}\n</think>\n\n{request.answer}"}), last, DONE])


@quirk(
    "Ollama",
    "`reasoning`; a usage with zeros for what it did not count",
    "ranked, with tags of ours and 0 tokens read",
    unknown_usage=True,
)
def ollama(request: Request) -> Response:
    usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    last = piece({}, "stop", usage=usage)
    return Response([piece({"reasoning": request.thought}), piece({"content": request.answer}), last, DONE])


# How a stream is framed.


@quirk("a proxy that buffers", "the stream comes as text/plain, its lines end in CR, the last without one", "ranked")
def carriage_returns(request: Request) -> Response:
    body = b"".join(block for block in plain(request).blocks if isinstance(block, bytes))
    return Response([body.replace(b"\n", b"\r").rstrip(b"\r")], kind=TEXT)


@quirk("a server that indents", "one event of several data lines", "ranked")
def data_over_lines(request: Request) -> Response:
    value = {"choices": [{"delta": {"content": request.whole}, "finish_reason": "stop"}]}
    lines = json.dumps(value, indent=1).encode().replace(b"\n", b"\ndata: ")
    return Response([b"event: message\ndata: " + lines + b"\n\n"])


@quirk("gateways in Go", "JSON lines in place of events", "nothing read, first-stage order, status 0")
def json_lines(request: Request) -> Response:
    blocks = [block.removeprefix(b"data: ").replace(b"\n\n", b"\n") for block in plain(request).blocks[:-1]]  # type: ignore[union-attr]
    return Response(list(blocks), kind="application/x-ndjson")


@quirk("Gemini behind a gateway", "a JSON array over many lines", "nothing read, first-stage order, status 0")
def json_array(request: Request) -> Response:
    value = [{"choices": [{"delta": {"content": request.whole}}]}, {"choices": [{"finish_reason": "stop", "index": 0}]}]
    return Response([json.dumps(value, indent=2).encode()], kind=JSON)


@quirk("nginx", "the stream is compressed", "ranked")
def compressed(request: Request) -> Response:
    body = b"".join(block for block in plain(request).blocks if isinstance(block, bytes))
    return Response([gzip.compress(body)], headers={"Content-Encoding": "gzip"})


@quirk(
    "a server that ignores stream", "pretty-printed JSON, called a stream", "nothing read, first-stage order, status 0"
)
def json_called_stream(request: Request) -> Response:
    choice = {"index": 0, "message": {"role": "assistant", "content": request.whole}, "finish_reason": "stop"}
    return Response([json.dumps({"choices": [choice], "usage": USAGE}, indent=2).encode()])


@quirk("Anthropic's endpoint", "the whole message once more at the end", "five faults in Python's words")
def whole_at_the_end(request: Request) -> Response:
    last = {
        "choices": [{"index": 0, "message": {"role": "assistant", "content": request.whole}, "finish_reason": "stop"}]
    }
    return Response([piece({"content": request.whole}), data(last), DONE])


@quirk(
    "Together", "null choices, numbers as text, fields that are not in the protocol", "five faults in Python's words"
)
def odd_types(request: Request) -> Response:
    odd = [data({"choices": None}), data({"choices": [None]}), data({"choices": [{"delta": "x", "index": "0"}]})]
    usage: dict[str, object] = {"prompt_tokens": "40", "completion_tokens": None, "prompt_tokens_details": []}
    last = data({"choices": [{"finish_reason": "eos", "delta": {"content": []}, "logprobs": 1}], "usage": usage})
    return Response([*odd, piece({"role": "assistant", "content": request.whole, "tool_calls": None}), last])


# Where the routes are, and which models there are.


@quirk(
    "Perplexity",
    "no list of models, no /v1",
    "ended the search",
    root="",
    base="/v1",
    models=lambda r: error(404, "<h1>404</h1>"),
)
def no_version(request: Request) -> Response:
    return plain(request)


@quirk("people", "the address without /v1", "ended the search", base="")
def base_without_version(request: Request) -> Response:
    return plain(request)


@quirk("people", "the whole route pasted, with a slash after it", "ended the search", base="/v1/chat/completions/")
def route_pasted(request: Request) -> Response:
    return plain(request)


@quirk("FastAPI behind a path", "sends on with 307", "ranked", models=lambda r: error(404, {"detail": "Not Found"}))
def sends_on(request: Request) -> Response:
    if "again" not in request.query:
        return error(307, "", Location="/v1/chat/completions?again=1")
    return plain(request)


@quirk(
    "a gateway",
    "the list of models is not for this key",
    "ended the search",
    models=lambda request: error(401, message("not for you")),
    notes="does not list its models: HTTP 401, 'not for you'",
)
def hidden_list(request: Request) -> Response:
    return stream(data(b"null"), data({"type": "ping"}), piece({"content": request.whole}))


@quirk(
    "LM Studio",
    "the model under another name, among embedding models",
    "ended the search",
    models=lambda r: listing("judge-q4", "embed"),
)
def alias(request: Request) -> Response:
    return plain(request)


# What passes.


@quirk("llama.cpp", "503 while it loads the model", "ranked after two retries", requests=None)
def loading(request: Request) -> Response:
    if request.number < 3:
        return error(503, {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}})
    return plain(request)


@quirk("Anthropic's endpoint", "529 while it is overloaded", "ranked")
def overloaded(request: Request) -> Response:
    if request.number < 2:
        return error(529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
    return plain(request)


@quirk("nginx, Cloudflare", "a page in place of an answer, once", "ranked")
def bad_gateway(request: Request) -> Response:
    if request.number == 1:
        return error(502, "<html><head><title>502 Bad Gateway</title></head><body>" + "x" * 5000)
    return plain(request)


@quirk("LiteLLM", "a limit of requests, with how long to wait", "ranked")
def rate_limit(request: Request) -> Response:
    if request.number == 1:
        text = "You exceeded your current quota of 60 requests per minute. Please retry in 0.2s."
        return error(429, message(text, code="429"), Retry_After="0.2")
    return plain(request)


@quirk("a worker that dies", "the connection cut before the first byte, once", "one call lost, in Python's words")
def cut_once(request: Request) -> Response:
    return Response([], cut=True) if request.number == 1 else plain(request)


# What does not pass: the server's words, and no ranking.


@quirk("OpenRouter", "no credit", "ended the search, the quota not named", fails="Insufficient credits", requests=8)
def no_credit(request: Request) -> Response:
    return error(402, {"error": {"code": 402, "message": "Insufficient credits. Add more using https://openrouter.ai"}})


@quirk(
    "Ollama", "the model is not there", "ended the search", fails=r'model \\?"judge\\?" not found, try pulling it first'
)
def not_pulled(request: Request) -> Response:
    return error(404, {"error": {"message": 'model "judge" not found, try pulling it first', "type": "api_error"}})


@quirk(
    "OpenRouter",
    "an error in the middle, inside a choice",
    "nothing read, first-stage order, status 0",
    fails="Provider down",
)
def error_in_choice(request: Request) -> Response:
    choice = {"delta": {"content": ""}, "finish_reason": "error", "error": {"code": 502, "message": "Provider down"}}
    return Response([piece({"content": "<think>"}), data({"choices": [choice]}), DONE])


@quirk(
    "OpenRouter",
    "the provider's own words inside metadata",
    "ended the search without the reason",
    fails="context of the provider is full",
)
def provider_words(request: Request) -> Response:
    raw = {"error": {"message": "context of the provider is full"}}
    return error(
        400, {"error": {"code": 400, "message": "Provider returned error", "metadata": {"raw": json.dumps(raw)}}}
    )


@quirk(
    "LM Studio", "an event named error in an answer of 200", "five faults without the reason", fails="only 4096 tokens"
)
def error_event(request: Request) -> Response:
    text = "Trying to keep the first 15857 tokens. However, the model is loaded with context length of only 4096 tokens"
    return Response([b"event: error\n" + data({"error": text, "message": text})])


@quirk(
    "LM Studio",
    "an empty answer, well-formed",
    "nothing read, first-stage order, status 0",
    fails="sent an empty answer",
)
def empty_answer(request: Request) -> Response:
    return stream(piece({"role": "assistant", "content": ""}))


@quirk(
    "OpenAI, o-series",
    "all tokens thought away, out of sight",
    "nothing read, first-stage order, status 0",
    fails="--max-tokens",
)
def all_hidden(request: Request) -> Response:
    return Response([piece({"content": ""}), piece({}, "length"), data({"choices": [], "usage": USAGE}), DONE])


@quirk("Azure OpenAI", "the prompt is filtered", "ended the search", fails="content management policy")
def filtered_prompt(request: Request) -> Response:
    text = "The response was filtered due to the prompt triggering Azure OpenAI's content management policy."
    return error(400, {"error": {"message": text, "param": "prompt", "code": "content_filter", "status": 400}})


@quirk(
    "OpenAI",
    "the model refuses, in a field of its own",
    "nothing read, first-stage order, status 0",
    fails="I can't help with that",
)
def refusal(request: Request) -> Response:
    return stream(piece({"refusal": "I can't help with that", "content": None}))


@quirk(
    "SGLang", "the call is aborted", "nothing read, first-stage order, status 0", fails="broke the answer off .'abort'"
)
def aborted(request: Request) -> Response:
    return Response([piece({"content": "<think> Document"}), piece({}, "abort"), DONE])


@quirk(
    "DeepSeek",
    "no resources in the middle",
    "nothing read, first-stage order, status 0",
    fails="insufficient_system_resource",
)
def no_resources(request: Request) -> Response:
    return Response([piece({"content": "<think>"}), piece({}, "insufficient_system_resource"), DONE])


@quirk(
    "a server that wants tools",
    "a tool call in place of an answer",
    "nothing read, first-stage order, status 0",
    fails="tool_calls",
)
def tool_call(request: Request) -> Response:
    call = {"index": 0, "id": "c", "function": {"name": "rank", "arguments": "{}"}}
    return Response([piece({"tool_calls": [call]}), piece({}, "tool_calls"), DONE])


@quirk(
    "Gemini",
    "a bad key with 400, in a list",
    "ended the search without the reason",
    fails="refused the key.*API key not valid",
)
def key_in_list(request: Request) -> Response:
    inner = {"code": 400, "message": "API key not valid. Please pass a valid API key.", "status": "INVALID_ARGUMENT"}
    return error(400, [{"error": inner}])


@quirk(
    "OpenAI",
    "the key in the words of the refusal",
    "ended the search without the reason",
    fails=r"refused the key.*\[hidden\]",
)
def key_echoed(request: Request) -> Response:
    key = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return error(401, message(f"Incorrect API key provided: {key}."))


@quirk(
    "a sign-in page",
    "HTML with status 200",
    "ended the search",
    fails="'Sign in'",
    models=lambda r: error(200, "<title>x"),
)
def sign_in(request: Request) -> Response:
    return error(200, "<!doctype html><title>Sign in</title><script>" + "x" * 9000)


@quirk(
    "a proxy", "plain text with status 200", "nothing read, first-stage order, status 0", fails="upstream connect error"
)
def plain_text(request: Request) -> Response:
    return error(200, "upstream connect error or disconnect/reset before headers")


@quirk("a server that breaks its JSON", "half an object in an event", "five faults in Python's words", fails="not JSON")
def half_json(request: Request) -> Response:
    return stream(data(b'{"choices": [{"delta": {"content": "<th'))


@quirk("GitHub Models", "413 with a limit", "ended the search without what helps", fails="Max size: 100 tokens")
def too_large(request: Request) -> Response:
    text = "Request body too large for gpt-4o-mini model. Max size: 100 tokens."
    return error(413, {"error": {"code": "tokens_limit_reached", "message": text, "details": text}})


@quirk(
    "http turned into https",
    "a POST sent on with 301 becomes a GET",
    "ended the search without the place",
    fails="sends us on to '.*elsewhere",
)
def moved(request: Request) -> Response:
    return error(301, "", Location="/elsewhere")


@quirk(
    "a worker that dies",
    "the connection cut in the middle, always",
    "five faults in Python's words",
    fails="cut the connection",
)
def cut_always(request: Request) -> Response:
    return Response([piece({"content": "<think> Document"})], cut=True)


def names() -> Iterator[str]:
    """The names, each once."""
    yield from (each.name for each in QUIRKS)


def table() -> str:
    """The list as `tests/cases/servers.md` holds it."""
    rows = [f"| `{q.name}` | {q.whose} | {q.about} | {q.before} | {after(q)} |" for q in QUIRKS]
    head = "| Quirk | Whose it is | What it does | What happened | What happens |\n|---|---|---|---|---|\n"
    return head + "\n".join(rows) + "\n"


def after(quirk: Quirk) -> str:
    """What the product does now."""
    if quirk.fails:
        return "fails with status 1, in the server's words"
    return "ranks" + (f"; the doctor says: {quirk.notes}" if quirk.notes else "")
