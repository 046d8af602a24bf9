"""The command line in this process, for tests of single commands."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rankr1_app.cli import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def rankr1(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line: exit status, standard output and standard error."""

    def run(*arguments: str) -> tuple[int, str, str]:
        status = 0
        try:
            main(list(arguments))
        except SystemExit as stop:
            status = int(stop.code or 0)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run
