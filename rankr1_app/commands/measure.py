"""Commands that measure and show what was found: runs, rerankers, recordings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..catalogue import NONE
from ..errors import Problem
from ..options import (
    FIRST_STAGE,
    PATH,
    SECOND_STAGE,
    depths,
    options,
    settings_from,
)
from ..printing import plain


@click.command()
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
    from ..evaluation import compare
    from ..evaluation import evaluate as measure

    for path in runs:
        values = measure(qrels, path, measures)
        for note in values.notes:
            click.echo(f"{path}: {note}", err=True)
        for name, value in values.values.items():
            click.echo(f"{path}\t{name}\t{value:.4f}")
        if baseline:
            for name, difference in compare(qrels, path, baseline, measures).items():
                click.echo(f"{path} - {baseline}\t{name}\t{difference.mean:+.4f}\tp {difference.p:.4f}")


@click.command()
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
    from ..compare import Comparison, systems_of
    from ..compare import compare as carried_out

    if (run_file is None) != (corpus is None):
        raise click.UsageError("--run needs --corpus and --corpus needs --run; without both, --index is searched.")
    systems = systems_of(rerankers, retrievers, settings_from(given | {"reranker": NONE}))
    comparison = Comparison(
        systems=systems, topics=topics, qrels=qrels, measures=measures, output=output, run=run_file, corpus=corpus
    )
    for line in carried_out(comparison):
        click.echo(line)
    click.echo(f"report in {output / 'report.html'}", err=True)


@click.command()
@click.argument("recordings", type=PATH, nargs=-1, required=True)
@click.option("--output", type=PATH, required=True, help="HTML file to write.")
def report(recordings: tuple[Path, ...], output: Path) -> None:
    """Write recorded searches as one HTML file that opens without a server."""
    from ..report import report as write

    write(recordings, output)
    click.echo(f"{output}: {len(recordings)} searches" if len(recordings) > 1 else str(output), err=True)


@click.command()
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
    import asyncio

    if ablate:
        from ..ablation import ablate as tried
        from ..ablation import summary

        settings = settings_from(given)
        for line in summary(settings.model or settings.reranker, asyncio.run(tried(recordings, settings))):
            click.echo(line)
        return
    from ..audit import audit as findings

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
        click.echo(f"{found.recording}\tcall {found.call}\t{plain(about)}\t{plain(claim)}")
    if not true + false:
        raise Problem("no answer in these recordings makes a claim that can be checked")
    click.echo(f"{true} of {true + false} checkable claims are true ({100 * true / (true + false):.1f} %)")
    if choices:
        click.echo(f"{sum(choices)} of {len(choices)} choices follow from what was said")
