"""The command `rankr1`. Options become settings here; everything costly is imported by the command that needs it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import aclosing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import __version__, log
from .catalogue import NONE
from .errors import Problem, in_words
from .options import (
    DEFAULT,
    ENCODING,
    FIRST_STAGE,
    PATH,
    SECOND_STAGE,
    TRAINING,
    depths,
    options,
    setting,
    settings_from,
)
from .retrieval.encoders import DEFAULT as ENCODER
from .retrieval.languages import LANGUAGES

if TYPE_CHECKING:
    from .events import Event
    from .results import Fold

COLUMNS = click.option(
    "--columns",
    default="",
    metavar="id=NAME,title=NAME,text=NAME",
    help="Columns of a table, or fields of JSON; text=A+B joins two, without an id the line's number is one.",
)
FORMAT = click.Choice(["table", "json", "events"])


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="rankr1")
def cli() -> None:
    """Search, rerank with a reasoning model, and read its reasons."""


@cli.command()
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
    from .serving import Serving, run

    names = ("allow_host", "searches", "qrels", "topics", "own_documents", "own_hours")
    about = {name: given.pop(name) for name in names}
    size = recordings_size * 1_000_000
    how = Serving(host=host, port=port, recordings=recordings, size=size, **about)
    run(settings_from(given), how)


@cli.command()
@click.argument("query")
@options(FIRST_STAGE, SECOND_STAGE, depths(DEFAULT.depth))
@click.option("--format", "style", type=FORMAT, default="table", show_default=True, help="How to print.")
@click.option("--record", type=PATH, default=None, help="Write the search to this file.")
def search(query: str, style: str, record: Path | None, **given: Any) -> None:
    """Search one query and rerank what was found."""
    from .recorder import Recorder
    from .service import Service

    service = Service(settings_from(given))
    parts = service.prepare(query, service.settings)
    recorder = Recorder(record) if record is not None else None
    if recorder:
        recorder.check()

    async def go() -> Fold:
        from .pipeline import search as events_of

        stop = asyncio.Event()
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


@cli.command()
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
    from .batch import rerank_topics

    if requests is not None:
        from .exchange import rerank_requests

        if topics or run_file or corpus:
            raise click.UsageError("--requests holds topics and candidates: give no --topics, --run or --corpus.")
        rerank_requests(settings_from(given), requests, output, record)
        return
    if topics is None:
        raise click.UsageError("Missing option '--topics', or '--requests'.")
    if (run_file is None) != (corpus is None):
        raise click.UsageError("--run needs --corpus and --corpus needs --run; without both, --index is searched.")
    rerank_topics(settings_from(given), topics, run_file, corpus, output, record)


@cli.group()
def index() -> None:
    """Build, preview, fetch, list, show and delete indexes."""


@index.command("build")
@click.argument("corpus", type=PATH, required=False)
@click.option("--name", required=True, help="Name of the index.")
@click.option("--dir", "folder", type=PATH, help="Folder to build it in.")
@click.option(
    "--language",
    default="en",
    metavar="CODE",
    show_default=True,
    help="Language of the corpus, by Lucene's analyser for it: " + ", ".join(LANGUAGES) + ".",
)
@click.option("--strict", is_flag=True, help="Stop at the first bad line.")
@COLUMNS
@click.option("--dense", is_flag=True, help="Add vectors, without CORPUS to the index that is there.")
@setting("--encoder", default=ENCODER, metavar="NAME", help="What makes the vectors.")
@options(ENCODING)
def index_build(
    corpus: Path | None,
    name: str,
    folder: Path | None,
    language: str,
    strict: bool,
    columns: str,
    dense: bool,
    encoder: str,
    encoder_url: str,
) -> None:
    """Index CORPUS: JSON, TSV or CSV, TREC's own form, PDF, DOCX, web pages, Markdown, texts, or a folder or zip of
    these. Long texts become passages that keep their page."""
    from .indexing import add_vectors, build, same_text
    from .retrieval.encoders import encoder as encoder_of
    from .retrieval.encoders import entry

    if corpus is None and not dense:
        raise click.UsageError("Missing argument 'CORPUS', which only --dense goes without.")
    known, place = entry(encoder), str(folder / name) if folder else name
    if corpus is not None and not (dense and not columns and same_text(corpus, place, language)):
        build(corpus, name, folder, language, strict, columns)
    if dense:
        add_vectors(place, encoder_of(known, encoder_url))


@index.command("preview")
@click.argument("corpus", type=PATH)
@COLUMNS
def index_preview(corpus: Path, columns: str) -> None:
    """Show what would be read of CORPUS: its files, columns, first documents and faults. Nothing is built."""
    from .indexing import preview

    preview(corpus, columns)


@index.command("fetch")
@click.argument("name", required=False)
def index_fetch(name: str | None) -> None:
    """Fetch a known index by its NAME, such as beir-v1.0.0-scifact.flat; without one, list them with their licences."""
    from .indexing import fetch, known_indexes

    if name is None:
        known_indexes()
    else:
        fetch(name)


@index.command("list")
def index_list() -> None:
    """List the indexes known by name."""
    from .retrieval import indexes

    for info in indexes.listed():
        click.echo(f"{info.name}\t{info.documents} documents")


@index.command("show")
@click.argument("name")
def index_show(name: str) -> None:
    """Show what an index holds."""
    from .indexing import shown_index

    click.echo(json.dumps(shown_index(name), indent=2, ensure_ascii=False))


@index.command("delete")
@click.argument("name")
def index_delete(name: str) -> None:
    """Delete an index."""
    from .retrieval import indexes

    indexes.delete(name)
    click.echo(f"deleted {name}", err=True)


@cli.command()
@click.argument("qrels", type=PATH)
@click.argument("runs", type=PATH, nargs=-1, required=True)
@click.option(
    "--measures", default="nDCG@10 RR@10 R@100", show_default=True, help="Measures, as ir-measures writes them."
)
@click.option(
    "--baseline",
    type=PATH,
    default=None,
    help="A run to compare with, topic by topic: the difference, and how likely chance makes one as large.",
)
def evaluate(qrels: Path, runs: tuple[Path, ...], measures: str, baseline: Path | None) -> None:
    """Measure runs against qrels, in the formats of TREC, BEIR and MS MARCO."""
    from .evaluation import compare
    from .evaluation import evaluate as measure

    for path in runs:
        values = measure(qrels, path, measures)
        for note in values.notes:
            click.echo(f"{path}: {note}", err=True)
        for name, value in values.values.items():
            click.echo(f"{path}\t{name}\t{value:.4f}")
        if baseline:
            for name, difference in compare(qrels, path, baseline, measures).items():
                click.echo(f"{path} - {baseline}\t{name}\t{difference.mean:+.4f}\tp {difference.p:.4f}")


@cli.command()
@click.option(
    "--rerankers", default="", metavar="A,B,C", help="Rerankers: names, or NAME@URL with a server of its own."
)
@click.option("--retrievers", default="", metavar="A,B,C", help="First stages, without a reranker.")
@click.option("--topics", type=PATH, required=True, help="Topics: TSV, CSV, JSON lines or TREC.")
@click.option("--qrels", type=PATH, required=True, help="Judgements.")
@click.option("--run", "run_file", type=PATH, help="Run with the candidates.")
@click.option("--corpus", type=PATH, help="Corpus of that run.")
@click.option("--output", type=PATH, required=True, help="Folder for runs, recordings and report.html.")
@click.option(
    "--measures",
    default="nDCG@10 RR@10 P@5",
    show_default=True,
    help="Measures, as ir-measures writes them; the first one decides which topics differ most.",
)
@options(FIRST_STAGE, SECOND_STAGE[1:], depths(100))
def compare(
    rerankers: str,
    retrievers: str,
    topics: Path,
    qrels: Path,
    run_file: Path | None,
    corpus: Path | None,
    output: Path,
    measures: str,
    **given: Any,
) -> None:
    """Compare rerankers, or first stages, over many topics: measures, tests, cost, and a report.

    The same command goes on where it was interrupted.
    """
    from .compare import Comparison, systems_of
    from .compare import compare as carried_out

    if (run_file is None) != (corpus is None):
        raise click.UsageError("--run needs --corpus and --corpus needs --run; without both, --index is searched.")
    systems = systems_of(rerankers, retrievers, settings_from(given | {"reranker": NONE}))
    comparison = Comparison(
        systems=systems, topics=topics, qrels=qrels, measures=measures, output=output, run=run_file, corpus=corpus
    )
    for line in carried_out(comparison):
        click.echo(line)
    click.echo(f"report in {output / 'report.html'}", err=True)


@cli.command()
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
    from .replay import paced

    fold = asyncio.run(listen(paced(file, speed), style))
    k = fold.settings.get("k")
    finish(fold, style, k if isinstance(k, int) and k > 0 else DEFAULT.k)


@cli.command()
@click.argument("recordings", type=PATH, nargs=-1, required=True)
@click.option("--output", type=PATH, required=True, help="HTML file to write.")
def report(recordings: tuple[Path, ...], output: Path) -> None:
    """Write recorded searches as one HTML file that opens without a server."""
    from .report import report as write

    write(recordings, output)
    click.echo(f"{output}: {len(recordings)} searches" if len(recordings) > 1 else str(output), err=True)


@cli.command()
@click.argument("recordings", type=PATH, nargs=-1, required=True)
@click.option(
    "--ablate", is_flag=True, help="Ask again without the passage that each reason rests on, and with it alone."
)
@options(SECOND_STAGE)
def audit(recordings: tuple[Path, ...], ablate: bool, **given: Any) -> None:
    """Check what recorded answers claim of their query and documents.

    Prints the claims that are false, and how many are true; with --ablate how many reasons hold, by the model that the
    options name.
    """
    if ablate:
        from .ablation import ablate as tried
        from .ablation import summary

        settings = settings_from(given)
        for line in summary(settings.model or settings.reranker, asyncio.run(tried(recordings, settings))):
            click.echo(line)
        return
    from .audit import audit as findings

    true = false = 0
    choices = []
    for found in findings(recordings):
        if found.claim.kind == "choice":
            choices.append(found.claim.true)
        if found.claim.true:
            true += 1
            continue
        false += 1
        about = "the query" if found.claim.kind == "asked" else found.document or "no document"
        claim = f"{found.claim.label} {found.claim.text}".strip()
        click.echo(f"{found.recording}\tcall {found.call}\t{about}\t{claim}")
    if not true + false:
        raise Problem("no answer in these recordings makes a claim that can be checked")
    click.echo(f"{true} of {true + false} checkable claims are true ({100 * true / (true + false):.1f} %)")
    if choices:
        click.echo(f"{sum(choices)} of {len(choices)} choices follow from what was said")


@cli.group()
def models() -> None:
    """Show the model catalogue."""


@models.command("list")
def models_list() -> None:
    """List the rerankers known by name."""
    from .catalogue import entries

    for entry in entries().values():
        click.echo(f"{entry.name}\t{entry.about}")


@models.command("show")
@click.argument("name")
def models_show(name: str) -> None:
    """Show what a model is: its method, licence, needs and prompt, and the calls of a search."""
    from .describing import description

    for line in description(name, DEFAULT):
        click.echo(line)


@cli.group()
def train() -> None:
    """Train a reranker."""


@train.command("sft")
@options(TRAINING)
def train_sft(config: Path, output: Path | None, resume: bool, dry_run: bool) -> None:
    """Train by examples: on relevance labels where the config names a base model, else from nothing, on traces
    derived from texts."""
    from .training.recipe import read_table

    if "base" in read_table(config):
        from .training.judgements import estimate, run
    else:
        from .training.sft import estimate, run
    if dry_run:
        click.echo(estimate(config))
    else:
        run(config, resume=resume, output=output)


@train.command("grpo")
@options(TRAINING)
def train_grpo(config: Path, output: Path | None, resume: bool, dry_run: bool) -> None:
    """Train by reinforcement from relevance labels, as Rank-R1 was trained."""
    from .training.grpo import estimate, run

    if dry_run:
        click.echo(estimate(config))
    else:
        run(config, resume=resume, output=output)


@cli.command()
@options(FIRST_STAGE, SECOND_STAGE, depths(DEFAULT.depth))
def mcp(**given: Any) -> None:
    """Serve tools for agents (MCP) over standard input and output: search, rerank, explain, get_run."""
    from .serving import tools

    tools(settings_from(given))


@cli.command()
@click.option(
    "--calibrate", is_flag=True, help="Measure first what calls cost on the engine, which --sort auto goes by."
)
@options(FIRST_STAGE, SECOND_STAGE, depths(DEFAULT.depth))
def doctor(calibrate: bool, **given: Any) -> None:
    """Say what is in force, where it comes from, and whether the parts work."""
    from . import doctor as doctors

    if calibrate:
        doctors.calibrate(settings_from(given))
    context = click.get_current_context()
    sources = {name: context.get_parameter_source(name) for name in given}
    if not doctors.report(
        settings_from(given), {name: s.name.lower() if s else "default" for name, s in sources.items()}
    ):
        sys.exit(1)


async def listen(events: Any, style: str) -> Fold:
    """Follow a search to its end: events are printed as they come, or progress goes to standard error."""
    from . import results
    from .events import dumps

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
    from .events import CallFinished, CallStarted, RankSettled

    if sys.stderr.isatty() and isinstance(event, CallStarted | CallFinished | RankSettled):
        click.echo(
            f"\r\033[Kcall {len(fold.started)}, {len(fold.settled)} ranks settled, {event.at:.1f} s", nl=False, err=True
        )


def finish(fold: Fold, style: str, k: int) -> None:
    """Print the result; a failed search exits with 1 after what it kept."""
    from . import results
    from .events import SearchFailed, SearchStopped
    from .printing import table

    if sys.stderr.isatty() and style != "events":
        click.echo("\r\033[K", nl=False, err=True)
    if style == "json":
        click.echo(json.dumps(results.result(fold), ensure_ascii=False, indent=2))
    elif style == "table":
        for line in table(results.result(fold), k):
            click.echo(line)
    if fold.note and style != "events":
        click.echo(f"note: {fold.note}", err=True)
    if isinstance(fold.end, SearchFailed):
        raise Problem(fold.end.message)
    if isinstance(fold.end, SearchStopped):
        raise Problem(f"search was stopped with {fold.end.settled} ranks settled, run it again for all")


def main(arguments: list[str] | None = None) -> None:
    """Run the command line. Exit status 0 done, 1 failed, 2 wrong usage; one line says what was wrong."""
    with suppress(OSError):
        log.configure()
    try:
        cli.main(args=arguments, prog_name="rankr1", standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(2)
    except click.ClickException as error:
        fail(error.format_message(), 2)
    except (click.Abort, KeyboardInterrupt):
        fail("interrupted", 1)
    except Problem as problem:
        fail(str(problem), 1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        fail(in_words(error), 1)


def fail(message: str, status: int) -> None:
    """Print one line to standard error, then exit."""
    line = " ".join(message.encode("utf-8", "backslashreplace").decode("utf-8").split())
    click.echo(f"error: {line}", err=True)
    sys.exit(status)
