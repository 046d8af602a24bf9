"""Every setting, in one place. The command line fills it from options and `RANKR1_…` variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from .catalogue import NONE, Entry, entry
from .engines import KINDS as ENGINES
from .errors import Problem, shown
from .reranking import BY_RANKS, FAMILIES, INTERPOLATIONS
from .reranking.shuffle import ORDERS
from .reranking.sorts import AUTO, SORTS
from .retrieval import IN_MILVUS
from .retrieval import KINDS as RETRIEVERS
from .retrieval.fusion import FUSIONS
from .retrieval.uri import checked_uri
from .ways import ways

DEPTH, K, DOCS_PER_CALL = (1, 1000), (1, 1000), (2, 20)
MAX_TOKENS = (8, 32_768)
SPECULATION = (0, 2)
BY_ENGINE = -1


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What is in force. `retriever` empty means `hybrid` where the index has vectors, else `bm25`; `encoder_url` empty
    runs the encoder in this process; `milvus` is where indexes were pushed to; `engine` empty means `openai` where a
    `base_url` is given, else `transformers`; `docs_per_call` and `max_tokens` 0 and `order` empty mean as the model was
    trained; `sort` `auto` takes the quickest by what calls cost on the engine; `concurrency` 0 and `speculation` -1
    leave it to the engine; `timeout` is in seconds of silence; `cache` keeps answers; `rewrite` empty searches for the
    query as it is; `interpolation` empty leaves the ranking to the reranker alone."""

    index: str = "demo"
    retriever: str = ""
    reranker: str = "rank-r1-nano"
    depth: int = 20
    k: int = 10
    docs_per_call: int = 0
    max_tokens: int = 0
    sort: str = AUTO
    speculation: int = BY_ENGINE
    order: str = ""
    seed: int = 929
    engine: str = ""
    base_url: str = ""
    model: str = ""
    concurrency: int = 0
    timeout: float = 120.0
    cache: bool = True
    encoder_url: str = ""
    fusion: str = FUSIONS[0]
    dense_weight: float = 0.5
    rewrite: str = ""
    interpolation: str = ""
    first_stage_weight: float = 0.2
    milvus: str = ""

    @property
    def engine_kind(self) -> str:
        """Engine in force."""
        return self.engine or ("openai" if self.base_url else "transformers")

    def checked(self) -> Settings:
        """Return self, or raise `Problem` naming the first invalid value."""
        if self.retriever:
            check_choice("retriever", self.retriever, tuple(RETRIEVERS))
        if self.milvus:
            checked_uri(self.milvus)
        elif self.retriever in IN_MILVUS:
            raise Problem(f"retriever {self.retriever!r} needs an address, give --milvus http://HOST:19530")
        check_choice("fusion", self.fusion, FUSIONS)
        if not 0 <= self.dense_weight <= 1:
            raise Problem(f"dense-weight {self.dense_weight} is out of range, it must be 0 to 1")
        if self.rewrite:
            check_rewriting(self)
        if self.interpolation:
            check_choice("interpolation", self.interpolation, INTERPOLATIONS)
        if not 0 <= self.first_stage_weight <= 1:
            raise Problem(f"first-stage-weight {self.first_stage_weight} is out of range, it must be 0 to 1")
        check_choice("sort", self.sort, (AUTO, *SORTS))
        if self.order:
            check_choice("order", self.order, ORDERS)
        check_choice("engine", self.engine_kind, tuple(ENGINES))
        within("depth", self.depth, *DEPTH)
        within("k", self.k, *K)
        within("seed", self.seed, 0, 2**31 - 1)
        within("concurrency", self.concurrency, 0, 1024)
        if self.speculation != BY_ENGINE:
            within("speculation", self.speculation, *SPECULATION)
        if self.docs_per_call:
            within("docs-per-call", self.docs_per_call, *DOCS_PER_CALL)
        if self.max_tokens:
            within("max-tokens", self.max_tokens, *MAX_TOKENS)
        if not 0 < self.timeout <= 86_400:
            raise Problem(f"timeout {self.timeout} is out of range, it must be above 0 and at most 86400 seconds")
        if self.reranker != NONE:
            check_place(self, entry(self.reranker))
        if ENGINES[self.engine_kind].remote and not self.base_url and self.reranker != NONE:
            raise Problem(
                f"engine {self.engine_kind!r} needs the server's address, give --base-url http://HOST:PORT/v1"
            )
        return self

    def changed(self, changes: Mapping[str, object]) -> Settings:
        """Return the settings with some fields replaced by values from outside (a request, a form), whose types are
        checked here. Raises `Problem`."""
        types = {field.name: type(getattr(self, field.name)) for field in fields(self)}
        for name, value in changes.items():
            if name not in types:
                raise Problem(f"setting {shown(name)} is unknown, known are {', '.join(types)}")
            if type(value) is not types[name]:
                raise Problem(f"{name} {shown(value)} must be {WORDS[types[name]]}")
        return replace(self, **dict[str, Any](changes)).checked()


def check_rewriting(settings: Settings) -> None:
    """Raise `Problem` for a way that is unknown, or a reranker whose engine cannot write."""
    check_choice("rewrite", settings.rewrite, tuple(ways()))
    model = entry(settings.reranker) if settings.reranker != NONE else None
    if model is None or FAMILIES[model.family].scorer:
        raise Problem(f"rewrite {settings.rewrite!r} needs a model that writes, reranker {settings.reranker!r} is none")
    if model.bundled and not settings.base_url:
        raise Problem(
            f"rewrite {settings.rewrite!r} needs a model that writes, and {model.name} has only learnt to compare: "
            "choose another one, or give --base-url"
        )


def check_place(settings: Settings, model: Entry) -> None:
    """Raise `Problem` for a model that scores on an engine that cannot, or one that has no weights without a server."""
    method = FAMILIES[model.family]
    engine = ENGINES.get(settings.engine)
    if method.scorer and engine and not engine.remote and not engine.inside:
        raise Problem(
            f"engine {settings.engine!r} writes and scores nothing: for {model.name} start a server, "
            "and give --base-url"
        )
    if method.scorer and not method.server and settings.base_url:
        raise Problem(f"reranker {model.name!r} runs in this process, leave --base-url out")
    if settings.interpolation not in ("", BY_RANKS) and not method.scores:
        raise Problem(
            f"interpolation {settings.interpolation!r} needs scores, and {model.name} gives none; give {BY_RANKS!r}"
        )
    if not model.base and not settings.base_url:
        raise Problem(f"reranker {model.name!r} is whatever a server runs, give its address with --base-url")


WORDS: dict[type, str] = {bool: "true or false", int: "an integer", str: "a string", float: "a number"}


def check_choice(what: str, value: str, choices: tuple[str, ...]) -> None:
    """Raise `Problem` unless `value` is one of `choices`."""
    if value not in choices:
        raise Problem(f"{what} {shown(value)} is unknown, known are {', '.join(choices)}")


def within(what: str, value: int, low: int, high: int) -> None:
    """Raise `Problem` unless `low <= value <= high`."""
    if not low <= value <= high:
        raise Problem(f"{what} {value} is out of range, it must be {low} to {high}")
