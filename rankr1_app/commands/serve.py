"""Commands that serve, and that say what would be in force."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from ..options import (
    DEFAULT,
    FIRST_STAGE,
    PATH,
    SECOND_STAGE,
    depths,
    options,
    setting,
    settings_from,
)


@click.command()
@setting("--host", default="127.0.0.1", help="Address to listen on.")
@setting("--port", default=7860, type=click.IntRange(1, 65_535), help="Port to listen on.")
@options(FIRST_STAGE, SECOND_STAGE, depths(DEFAULT.depth))
@setting(
    "--recordings",
    type=PATH,
    default=None,
    show_default="the user's data folder",
    help="Where searches are kept.",
)
@setting(
    "--recordings-size",
    type=click.IntRange(min=1),
    default=4000,
    metavar="MB",
    help="Megabytes of searches kept; the oldest make room for new ones.",
)
@setting(
    "--allow-host",
    multiple=True,
    metavar="NAME",
    show_default="the address and the machine's name",
    help="Host name under which the page may be asked for, as a proxy passes it on. May be repeated.",
)
@setting("--qrels", type=PATH, default=None, help="Judgements of the index served: grades are shown on the page.")
@setting("--topics", type=PATH, default=None, help="The queries that --qrels is of.")
@setting(
    "--rerankers",
    default="",
    metavar="A,B@URL",
    show_default="what runs without a server of its own",
    help="Rerankers that visitors may choose too: names, or NAME@URL with a server of its own.",
)
@setting("--searches", default=16, type=click.IntRange(1, 1024), help="Searches at once; more wait for their turn.")
@setting(
    "--own-documents/--no-own-documents",
    default=None,
    show_default="where only this machine reaches the page",
    help="Let visitors bring documents, each for themselves alone.",
)
@setting(
    "--own-hours",
    type=click.FloatRange(0, min_open=True),
    default=24.0,
    help="Hours after their last use when visitors' documents are deleted.",
)
def serve(host: str, port: int, recordings: Path | None, recordings_size: int, **given: Any) -> None:
    """Start the page."""
    from ..serving import Serving, run

    names = ("allow_host", "searches", "qrels", "topics", "own_documents", "own_hours", "rerankers")
    about = {name: given.pop(name) for name in names}
    size = recordings_size * 1_000_000
    how = Serving(host=host, port=port, recordings=recordings, size=size, **about)
    run(settings_from(given), how)


@click.command()
@options(FIRST_STAGE, SECOND_STAGE, depths(DEFAULT.depth))
def mcp(**given: Any) -> None:
    """Serve tools for agents (MCP) over standard input and output: search, rerank, explain, get_run."""
    from ..serving import tools

    tools(settings_from(given))


@click.command()
@click.option(
    "--calibrate", is_flag=True, help="Measure first what calls cost on the engine, which --sort auto goes by."
)
@options(FIRST_STAGE, SECOND_STAGE, depths(DEFAULT.depth))
def doctor(calibrate: bool, **given: Any) -> None:
    """Say what is in force, where it comes from, and whether the parts work."""
    from .. import doctor as doctors

    if calibrate:
        doctors.calibrate(settings_from(given))
    context = click.get_current_context()
    sources = {name: context.get_parameter_source(name) for name in given}
    if not doctors.report(
        settings_from(given), {name: s.name.lower() if s else "default" for name, s in sources.items()}
    ):
        sys.exit(1)
