"""The options that commands share: each is also an environment variable, and becomes a setting."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

from .engines import KINDS as ENGINES
from .reranking import INTERPOLATIONS
from .reranking.shuffle import ORDERS
from .reranking.sorts import AUTO, SORTS
from .retrieval import KINDS as RETRIEVERS
from .retrieval.fusion import FUSIONS
from .settings import DEPTH, DOCS_PER_CALL, MAX_TOKENS, SPECULATION, K, Settings
from .ways import ways

Command = TypeVar("Command", bound=Callable[..., Any])


class NamedPath(click.Path):
    """A path; an empty one, which would be the current folder, is refused."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path."""
        return super().convert(value, param, ctx) if value else self.fail("must not be empty, name a file", param, ctx)


PATH = NamedPath(path_type=Path)


def setting(*names: str, **how: Any) -> Callable[[Command], Command]:
    """Return an option that is also the environment variable RANKR1_<NAME>."""
    long = next(name for name in names if name.startswith("--")).split("/")[0]
    envvar = "RANKR1_" + long[2:].upper().replace("-", "_")
    return click.option(*names, envvar=envvar, show_envvar=True, show_default=how.pop("show_default", True), **how)


DEFAULT = Settings()
ENCODING = [
    setting(
        "--encoder-url",
        default="",
        metavar="URL",
        show_default="in this process",
        help="Address of an OpenAI-compatible server of embeddings that runs the encoder.",
    ),
]
MILVUS = [
    setting(
        "--milvus",
        default="",
        metavar="URI",
        show_default=False,
        help="Address of a Milvus server, or a path of Milvus Lite that ends in .db.",
    ),
]
FIRST_STAGE = [
    setting("--index", default=DEFAULT.index, metavar="NAME|DIR", help="Index to search."),
    setting(
        "--retriever",
        default=None,
        type=click.Choice(list(RETRIEVERS)),
        show_default="hybrid where the index has vectors, else bm25",
        help="First stage.",
    ),
    setting(
        "--fusion",
        default=DEFAULT.fusion,
        type=click.Choice(FUSIONS),
        help="How hybrid makes one ranking of two: by their scores, or by reciprocal ranks.",
    ),
    setting(
        "--dense-weight",
        default=DEFAULT.dense_weight,
        type=click.FloatRange(0, 1),
        help="Part of the vectors in a fusion by scores.",
    ),
    setting(
        "--rewrite",
        default=None,
        type=click.Choice(list(ways())),
        show_default="the query as it is",
        help="What the model makes of the query before it is searched for; the reranker reads the original.",
    ),
    *ENCODING,
    *MILVUS,
]
SECOND_STAGE = [
    setting("--reranker", default=DEFAULT.reranker, help="Name of the model catalogue, or none."),
    setting(
        "--engine",
        type=click.Choice(list(ENGINES)),
        default=None,
        show_default="openai with --base-url, else transformers",
        help="What runs the model.",
    ),
    setting(
        "--base-url", default="", metavar="URL", show_default=False, help="Address of an OpenAI-compatible server."
    ),
    setting(
        "--model",
        default="",
        metavar="NAME",
        show_default="by the catalogue",
        help="Name under which the server knows the model.",
    ),
    setting(
        "--docs-per-call",
        default=None,
        type=click.IntRange(*DOCS_PER_CALL),
        show_default="as trained",
        help="Documents in one call.",
    ),
    setting(
        "--max-tokens",
        default=None,
        type=click.IntRange(*MAX_TOKENS),
        show_default="as trained",
        help="Tokens an answer may have, its reasoning included.",
    ),
    setting(
        "--sort",
        default=DEFAULT.sort,
        type=click.Choice([AUTO, *SORTS]),
        help="How ranks are found; auto takes the quickest by what calls cost on the engine.",
    ),
    setting(
        "--speculation",
        default=None,
        type=click.IntRange(*SPECULATION),
        show_default="by the engine's room",
        help="Ranks a tournament looks ahead; 0 keeps a chain from guessing too.",
    ),
    setting(
        "--order",
        default=None,
        type=click.Choice(ORDERS),
        show_default="as trained",
        help="Order of the documents in a prompt.",
    ),
    setting(
        "--interpolation",
        type=click.Choice(INTERPOLATIONS),
        default=None,
        show_default="the reranker alone",
        help="How the reranker's ranking is made into one with the first stage's.",
    ),
    setting(
        "--first-stage-weight",
        default=DEFAULT.first_stage_weight,
        type=click.FloatRange(0, 1),
        help="Part of the first stage in an interpolation.",
    ),
    setting("--seed", default=DEFAULT.seed, type=click.IntRange(0, 2**31 - 1), help="Seed of every shuffle."),
    setting(
        "--concurrency", default=0, type=click.IntRange(0, 1024), show_default="by the engine", help="Calls at once."
    ),
    setting(
        "--timeout",
        default=DEFAULT.timeout,
        type=click.FloatRange(0, 86_400, min_open=True),
        help="Seconds of silence after which a call is given up.",
    ),
    setting("--cache/--no-cache", default=DEFAULT.cache, help="Keep answers, and give them again when asked the same."),
]


TRAINING: list[Callable[[Command], Command]] = [
    click.argument("config", type=PATH),
    click.option("--output", type=PATH, default=None, help="Folder for the model, else the config's."),
    click.option("--resume", is_flag=True, help="Go on from the last checkpoint."),
    click.option("--dry-run", is_flag=True, help="Only say what it will take."),
]


def depths(depth: int) -> list[Callable[[Command], Command]]:
    """Return `--depth` and `-k`, whose defaults differ between commands."""
    return [
        setting("--depth", default=depth, type=click.IntRange(*DEPTH), help="Candidates taken from the first stage."),
        setting("-k", "--k", "k", default=DEFAULT.k, type=click.IntRange(*K), help="Ranks the model settles."),
    ]


def options(*groups: Iterable[Callable[[Command], Command]]) -> Callable[[Command], Command]:
    """Return several options as one decorator."""

    def decorate(command: Command) -> Command:
        for option in reversed([option for group in groups for option in group]):
            command = option(command)
        return command

    return decorate


def settings_from(given: dict[str, Any]) -> Settings:
    """Return the settings among a command's parameters."""
    return Settings(**{name: value for name, value in given.items() if value is not None}).checked()
