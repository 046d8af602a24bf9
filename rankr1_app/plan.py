"""Resolve settings to a plan: what a search uses, with every default, in one place."""

from __future__ import annotations

from dataclasses import dataclass

from . import calibration
from .catalogue import NONE, Entry, entry
from .engines import KINDS, kind_of
from .errors import shown
from .reranking import FAMILIES
from .reranking.choice import choose
from .reranking.sorts import AUTO
from .retrieval import indexes
from .retrieval.protocol import Choices
from .settings import BY_ENGINE, Settings


@dataclass(frozen=True, kw_only=True)
class EngineSpec:
    """An engine to run: its `kind`, the `model` (a folder, a checkpoint's name, or the name a server knows it by,
    empty for the server's own choice), a LoRA `adapter`, and a server's `base_url`. `timeout` is in seconds of
    silence; `concurrency` 0 is the engine's own choice."""

    kind: str
    model: str
    adapter: str
    base_url: str
    timeout: float
    concurrency: int
    cache: bool


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One search's parts and numbers. `note` says what a reader should know of the choice of `retriever`. `entry` and
    `engine` are None where only the first stage is wanted; `speculation` None looks ahead wherever the engine has
    room."""

    index: str
    retriever: str
    choices: Choices
    note: str
    depth: int
    k: int
    seed: int
    entry: Entry | None
    engine: EngineSpec | None
    docs_per_call: int
    max_tokens: int
    sort: str
    order: str
    speculation: int | None
    rewrite: str
    interpolation: str
    first_stage_weight: float

    @property
    def own(self) -> bool:
        """Whether the engine runs the model of `entry`, and not another one that is asked in its way."""
        return self.entry is not None and self.engine is not None and self.engine.model == self.entry.weights

    @property
    def weighs(self) -> bool:
        """Whether the model's answers weigh every document in figures of their own."""
        return self.own and self.entry is not None and self.entry.weighs

    def unread(self, query: str) -> str:
        """Return in words what of a query the model cannot read. Another model that is asked in its way may read it."""
        return self.entry.unread(query) if self.entry is not None and self.own else ""


def resolve(settings: Settings) -> Plan:
    """Return the plan of valid settings: what a setting leaves open is as the model was trained."""
    model = entry(settings.reranker) if settings.reranker != NONE else None
    retriever, note = (settings.retriever, "") if settings.retriever else best_retriever(settings.index)
    return Plan(
        index=settings.index,
        retriever=retriever,
        choices=Choices(settings.encoder_url, settings.fusion, settings.dense_weight, settings.milvus),
        note=note,
        depth=settings.depth,
        k=settings.k,
        seed=settings.seed,
        entry=model,
        engine=engine(settings, model) if model else None,
        docs_per_call=docs_per_call(settings, model) if model else 0,
        max_tokens=settings.max_tokens or (model.max_tokens if model else 0),
        sort=sort(settings, model),
        order=settings.order or (model.order if model else ""),
        speculation=None if settings.speculation == BY_ENGINE else settings.speculation,
        rewrite=settings.rewrite,
        interpolation=settings.interpolation,
        first_stage_weight=settings.first_stage_weight,
    )


def docs_per_call(settings: Settings, model: Entry) -> int:
    """Return the documents of a call: the family's, where it has no choice, then the setting's, then as in training."""
    return FAMILIES[model.family].docs_per_call or settings.docs_per_call or model.docs_per_call


def sort(settings: Settings, model: Entry | None, *, waiting: bool = True) -> str:
    """Return the sort: where the setting leaves it open, the quickest by what calls cost on the engine. `waiting` says
    that somebody waits for this one search."""
    if settings.sort != AUTO:
        return settings.sort
    if model is None or model.family != "setwise":
        return "tournament"
    ahead = 1 if settings.speculation == BY_ENGINE else settings.speculation
    costs = calibration.costs(engine(settings, model))
    return choose(costs, settings.depth, settings.k, docs_per_call(settings, model), ahead, waiting=waiting)


def best_retriever(index: str) -> tuple[str, str]:
    """Return the retriever for an index where none was chosen, and what to say of it. Nothing is opened or built."""
    info = indexes.present(index)
    if info is not None and info.vectors is not None:
        return "hybrid", ""
    name = "your documents have" if indexes.OWN.fullmatch(index) else f"index {shown(index)} has"
    return "bm25", f"found by words alone (BM25), since {name} no vectors yet"


def engine(settings: Settings, model: Entry) -> EngineSpec:
    """Return the engine for a model. A server of somebody else's knows the model by a name of its own."""
    if FAMILIES[model.family].scorer:
        return scorer(settings, model)
    remote = KINDS[settings.engine_kind].remote
    return EngineSpec(
        kind=settings.engine_kind,
        model=settings.model or ("" if remote else model.weights),
        adapter="" if remote else model.adapter,
        base_url=settings.base_url,
        timeout=settings.timeout,
        concurrency=settings.concurrency,
        cache=settings.cache,
    )


def scorer(settings: Settings, model: Entry) -> EngineSpec:
    """Return the engine for a model that scores: an encoder, whose server has an address of its own, or a cross-encoder
    in this process or behind a route. Nothing is kept on disk of it."""
    url = settings.encoder_url if model.family == "cosine" else settings.base_url
    method = FAMILIES[model.family]
    kind = (url and method.server) or method.scorer
    return EngineSpec(
        kind=kind,
        model=settings.model or ("" if kind_of(kind).remote else model.weights),
        adapter="",
        base_url=url,
        timeout=settings.timeout,
        concurrency=settings.concurrency,
        cache=False,
    )


def public(settings: Settings) -> dict[str, object]:
    """Return the settings as a recording keeps them: without the addresses of servers, which may be private."""
    plan = resolve(settings)
    private = ("base_url", "encoder_url", "milvus")
    open_to_all = {name: value for name, value in vars(settings).items() if name not in private}
    kind = plan.engine.kind if plan.engine else settings.engine_kind
    resolved = {"engine": kind, "order": plan.order, "retriever": plan.retriever, "sort": plan.sort}
    return open_to_all | resolved
