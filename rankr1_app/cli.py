"""Make the command `rankr1` of the groups of commands in `commands`."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

import click

from . import __version__, log
from .commands import index, measure, models, search, serve
from .errors import Problem, in_words
from .printing import plain


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="rankr1")
def cli() -> None:
    """Search, rerank with a reasoning model, and read its reasons."""


for command in (
    *(serve.serve, serve.mcp, serve.doctor),
    *(search.search, search.rerank, search.replay, search.facets),
    *(measure.evaluate, measure.compare, measure.report, measure.audit),
    *(index.index, models.models, models.train),
):
    cli.add_command(command)


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
    line = plain(" ".join(message.encode("utf-8", "backslashreplace").decode("utf-8").split()))
    click.echo(f"error: {line}", err=True)
    sys.exit(status)
