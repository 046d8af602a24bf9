"""Commands that search and rerank: one query, many topics, a recording again."""

from __future__ import annotations

import json
import signal
import sys
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import Problem
from ..options import (
    DEFAULT,
    FIRST_STAGE,
    PATH,
    SECOND_STAGE,
    depths,
    options,
    settings_from,
)

if TYPE_CHECKING:
    from ..events import Event
    from ..results import Fold

FORMAT = click.Choice(["table", "json", "events"])


@click.command()
@click.argument("query")
@options(FIRST_STAGE, SECOND_STAGE, depths(DEFAULT.depth))
@click.option("--like", multiple=True, metavar="ID", help="A document that fits: find more like it. Several may be.")
@click.option("--format", "style", type=FORMAT, default="table", show_default=True, help="How to print.")
@click.option("--record", type=PATH, default=None, help="Write the search to this file.")
def search(query: str, like: tuple[str, ...], style: str, record: Path | None, **given: Any) -> None:
    """Search one query and rerank what was found."""
    import asyncio

    from ..recorder import Recorder
    from ..service import Service

    service = Service(settings_from(given))
    parts = service.prepare(query, service.settings, like=like)
    recorder = Recorder(record) if record is not None else None
    if recorder:
        recorder.check()

    async def go() -> Fold:
        from ..pipeline import Stop
        from ..pipeline import search as events_of

        stop = Stop()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        events = events_of(parts, stop)
        try:
            return await listen(recorder.follow(events) if recorder else events, style)
        finally:
            await service.close()

    finish(asyncio.run(go()), style, service.settings.k)
    if recorder:
        recorder.check()


@click.command()
@click.option("--topics", type=PATH, help="Topics: TSV, CSV, JSON lines or TREC.")
@click.option("--run", "run_file", type=PATH, help="Run with the candidates.")
@click.option("--corpus", type=PATH, help="Corpus of that run.")
@click.option("--requests", type=PATH, help="Requests of RankLLM or Rankify in place of topics, run and corpus.")
@click.option("--output", type=PATH, required=True, help="TREC run to write, or the requests as they come back.")
@click.option("--record", type=PATH, help="Folder for one recording a topic.")
@options(FIRST_STAGE, SECOND_STAGE, depths(100))
def rerank(
    topics: Path | None,
    run_file: Path | None,
    corpus: Path | None,
    requests: Path | None,
    output: Path,
    record: Path | None,
    **given: Any,
) -> None:
    """Rerank many topics into a TREC run, or requests in the JSON of RankLLM or Rankify."""
    from ..batch import rerank_topics

    if requests is not None:
        from ..exchange import rerank_requests

        if topics or run_file or corpus:
            raise click.UsageError("--requests holds topics and candidates: give no --topics, --run or --corpus.")
        rerank_requests(settings_from(given), requests, output, record)
        return
    if topics is None:
        raise click.UsageError("Missing option '--topics', or '--requests'.")
    if (run_file is None) != (corpus is None):
        raise click.UsageError("--run needs --corpus and --corpus needs --run; without both, --index is searched.")
    rerank_topics(settings_from(given), topics, run_file, corpus, output, record)


@click.command()
@click.argument("file", type=PATH)
@click.option(
    "--speed",
    default=0.0,
    type=click.FloatRange(0),
    help="1 is as it was, 2 twice as fast, 0 at once.",
    show_default=True,
)
@click.option("--format", "style", type=FORMAT, default="table", show_default=True, help="How to print.")
def replay(file: Path, speed: float, style: str) -> None:
    """Show a recorded search again, without a model."""
    import asyncio

    from ..replay import paced

    fold = asyncio.run(listen(paced(file, speed), style))
    k = fold.settings.get("k")
    finish(fold, style, k if isinstance(k, int) and k > 0 else DEFAULT.k)


@click.command()
@click.argument("file", type=PATH)
@click.option("--labels", required=True, help="Up to 12 labels of a few words, with commas between.")
def facets(file: Path, labels: str) -> None:
    """Say which documents of a recorded search fit labels of your own, by a classifier."""
    import asyncio

    from ..facets import label_documents, printed
    from ..results import gather
    from ..store import read

    for line in printed(*asyncio.run(label_documents(gather(read(file)), labels.split(",")))):
        click.echo(line)


async def listen(events: Any, style: str) -> Fold:
    """Follow a search to its end: events are printed as they come, or progress goes to standard error."""
    from .. import results
    from ..events import dumps

    fold = results.Fold()
    async with aclosing(events):
        async for event in events:
            fold.see(event)
            if style == "events":
                click.echo(dumps(event))
            else:
                show_progress(fold, event)
    return fold


def show_progress(fold: Fold, event: Event) -> None:
    """Keep one line on a terminal that says how far the search is."""
    from ..events import CallFinished, CallStarted, RankSettled

    if sys.stderr.isatty() and isinstance(event, CallStarted | CallFinished | RankSettled):
        click.echo(
            f"\r\033[Kcall {len(fold.started)}, {len(fold.settled)} ranks settled, {event.at:.1f} s", nl=False, err=True
        )


def finish(fold: Fold, style: str, k: int) -> None:
    """Print the result; a failed search exits with 1 after what it kept."""
    from .. import results
    from ..events import SearchFailed, SearchStopped
    from ..printing import plain, table

    if sys.stderr.isatty() and style != "events":
        click.echo("\r\033[K", nl=False, err=True)
    if style == "json":
        click.echo(json.dumps(results.result(fold), ensure_ascii=False, indent=2))
    elif style == "table":
        for line in table(results.result(fold), k):
            click.echo(line)
    if fold.note and style != "events":
        click.echo(f"note: {plain(fold.note)}", err=True)
    if isinstance(fold.end, SearchFailed):
        raise Problem(fold.end.message)
    if isinstance(fold.end, SearchStopped):
        why = "" if fold.end.reason == SearchStopped.reason else f" ({fold.end.reason})"
        raise Problem(f"search was stopped{why} with {fold.end.settled} ranks settled, run it again for all")
