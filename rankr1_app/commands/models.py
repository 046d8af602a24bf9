"""Commands about models: those of the catalogue, and training one."""

from __future__ import annotations

from pathlib import Path

import click

from ..options import (
    DEFAULT,
    TRAINING,
    options,
)


@click.group()
def models() -> None:
    """Show the model catalogue."""


@models.command("list")
def models_list() -> None:
    """List the rerankers known by name."""
    from ..catalogue import entries

    for entry in entries().values():
        click.echo(f"{entry.name}\t{entry.about}")


@models.command("show")
@click.argument("name")
def models_show(name: str) -> None:
    """Show what a model is: its method, licence, needs and prompt, and the calls of a search."""
    from ..describing import description

    for line in description(name, DEFAULT):
        click.echo(line)


@click.group()
def train() -> None:
    """Train a reranker."""


@train.command("sft")
@options(TRAINING)
def train_sft(config: Path, output: Path | None, resume: bool, dry_run: bool) -> None:
    """Train by examples: on relevance labels where the config names a base model, else from nothing, on traces
    derived from texts."""
    from ..training.recipe import read_table

    if "base" in read_table(config):
        from ..training.judgements import estimate, run
    else:
        from ..training.sft import estimate, run
    if dry_run:
        click.echo(estimate(config))
    else:
        run(config, resume=resume, output=output)


@train.command("grpo")
@options(TRAINING)
def train_grpo(config: Path, output: Path | None, resume: bool, dry_run: bool) -> None:
    """Train by reinforcement from relevance labels, as Rank-R1 was trained."""
    from ..training.grpo import estimate, run

    if dry_run:
        click.echo(estimate(config))
    else:
        run(config, resume=resume, output=output)
