"""The options that commands share: variables, ranges, defaults, and the settings they become."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields
from typing import Any

import click
import pytest
from click.testing import CliRunner

from rankr1_app.errors import Problem
from rankr1_app.options import (
    FIRST_STAGE,
    PATH,
    SECOND_STAGE,
    depths,
    options,
    setting,
    settings_from,
)
from rankr1_app.settings import Settings

found: dict[str, Any] = {}


@click.command()
@options(FIRST_STAGE, SECOND_STAGE, depths(50))
def everything(**given: Any) -> None:
    """Take every option of a search."""
    found.clear()
    found.update(given)


def given(*arguments: str, **environment: str) -> dict[str, Any]:
    """Return what the command was given. Raises what it was refused with."""
    CliRunner().invoke(everything, arguments, env=environment, standalone_mode=False, catch_exceptions=False)
    return dict(found)


def test_without_options_the_settings_are_the_defaults_and_the_depth_is_the_command_s() -> None:
    assert settings_from(given()) == Settings(depth=50)


def test_every_setting_is_an_option() -> None:
    assert set(given()) == {field.name for field in fields(Settings)}


def test_every_option_is_a_variable() -> None:
    names = {option.name: option for option in everything.params}
    for field in fields(Settings):
        option = names[field.name]
        assert option.envvar == f"RANKR1_{field.name.upper()}"
    assert given(RANKR1_DENSE_WEIGHT="0.25", RANKR1_CACHE="false")["dense_weight"] == 0.25
    assert given("--depth", "7", RANKR1_DEPTH="9", RANKR1_CACHE="no") == {**given(), "depth": 7, "cache": False}


def test_an_option_that_can_be_switched_off_is_a_variable_by_its_first_name() -> None:
    @click.command()
    @setting("--own-documents/--no-own-documents", default=None)
    def command(own_documents: bool | None) -> None:
        found["own"] = own_documents

    for value, wanted in (("1", True), ("0", False)):
        CliRunner().invoke(command, env={"RANKR1_OWN_DOCUMENTS": value}, standalone_mode=False, catch_exceptions=False)
        assert found["own"] is wanted


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--depth", "0"), "0 is not in the range 1<=x<=1000."),
        (("--timeout", "0"), "0.0 is not in the range 0<x<=86400."),
        (("--speculation", "3"), "3 is not in the range 0<=x<=2."),
        (("--retriever", "x"), "'x' is not one of 'bm25', 'dense', 'hybrid',"),
        (("--interpolation", "x"), "'x' is not one of 'min-max', 'z-score', 'rrf'."),
    ],
)
def test_a_value_out_of_range_is_refused(arguments: tuple[str, ...], says: str) -> None:
    with pytest.raises(click.BadParameter) as refused:
        given(*arguments)
    assert refused.value.message.startswith(says)


def test_an_empty_path_is_refused() -> None:
    @click.command()
    @click.option("--output", type=PATH)
    def command(output: object) -> None:
        found["output"] = output

    with pytest.raises(click.BadParameter, match="must not be empty, name a file"):
        CliRunner().invoke(command, ["--output", ""], standalone_mode=False, catch_exceptions=False)
    CliRunner().invoke(command, ["--output", "a/b"], standalone_mode=False, catch_exceptions=False)
    assert str(found["output"]) == "a/b"


def test_settings_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(Problem, match="engine 'openai' needs the server's address"):
        settings_from(given("--engine", "openai"))


def test_options_stand_in_the_help_as_they_are_listed() -> None:
    text = CliRunner().invoke(everything, ["--help"]).output
    places = [text.index(f"  {name} ") for name in ("--index", "--milvus", "--reranker", "--seed", "--depth", "-k,")]
    assert places == sorted(places)


def test_help_loads_nothing_that_takes_long() -> None:
    """`rankr1 --help` answers at once: it needs neither events nor an event loop, and no library beside click."""
    code = "import sys, rankr1_app.cli; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"asyncio", "torch", "jnius", "gradio", "openai", "httpx", "numpy", "rankr1_app.events"}
    assert heavy & set(loaded) == set()
