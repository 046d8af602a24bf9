"""Commands that serve, and that say what is in force: options become what the server is started with."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from rankr1_app import doctor, serving
from rankr1_app.settings import Settings

from .conftest import Run


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What would have been started."""
    found: list[tuple[Any, ...]] = []
    monkeypatch.setattr(serving, "run", lambda settings, how: found.append((settings, how)))
    monkeypatch.setattr(serving, "tools", lambda settings: found.append((settings,)))
    return found


def test_the_page_is_for_this_machine_unless_said_otherwise(rankr1: Run, started: list[tuple[Any, ...]]) -> None:
    assert rankr1("serve") == (0, "", "")
    [(settings, how)] = started
    assert settings == Settings()
    assert (how.host, how.port, how.size, how.own_documents) == ("127.0.0.1", 7860, 4_000_000_000, None)


def test_options_are_what_the_server_is_started_with(
    rankr1: Run, started: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANKR1_SEARCHES", "3")
    monkeypatch.setenv("RANKR1_OWN_DOCUMENTS", "no")
    monkeypatch.setenv("RANKR1_K", "5")
    arguments = ["--host", "0.0.0.0", "--recordings", "kept", "--recordings-size", "7", "--own-hours", "0.5"]
    names = ["--allow-host", "a.example", "--allow-host", "b.example", "--rerankers", "none", "--depth", "9"]
    assert rankr1("serve", *arguments, *names)[0] == 0
    [(settings, how)] = started
    assert settings == Settings(k=5, depth=9)
    assert (how.host, how.recordings, how.size, how.own_hours) == ("0.0.0.0", Path("kept"), 7_000_000, 0.5)
    assert (tuple(how.allow_host), how.searches, how.own_documents, how.rerankers) == (
        ("a.example", "b.example"),
        3,
        False,
        "none",
    )


@pytest.mark.parametrize(
    "arguments",
    [["--recordings-size", "0"], ["--searches", "0"], ["--own-hours", "0"], ["--port", "65536"]],
)
def test_what_no_server_can_do_is_refused(arguments: list[str], rankr1: Run, started: list[tuple[Any, ...]]) -> None:
    status, out, err = rankr1("serve", *arguments)
    assert (status, out, started) == (2, "", [])
    assert "is not in the range" in err


def test_port_in_use(rankr1: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        status, _, err = rankr1("serve", "--port", str(port))
    assert status == 1
    assert f"port {port} on 127.0.0.1 cannot be used" in err


def test_tools_for_agents_search_with_the_same_settings(rankr1: Run, started: list[tuple[Any, ...]]) -> None:
    assert rankr1("mcp", "--reranker", "none", "--depth", "5") == (0, "", "")
    assert started == [(Settings(reranker="none", depth=5),)]


@pytest.mark.parametrize(("well", "status"), [(True, 0), (False, 1)])
def test_a_doctor_who_finds_a_fault_ends_with_1(
    well: bool, status: int, rankr1: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[Any] = []

    def report(settings: Settings, sources: dict[str, str]) -> bool:
        found.append((settings, sources))
        return well

    monkeypatch.setattr(doctor, "report", report)
    monkeypatch.setattr(doctor, "calibrate", lambda settings: found.append("calibrated"))
    monkeypatch.setenv("RANKR1_K", "4")
    assert rankr1("doctor", "--depth", "9") == (status, "", "")
    [(settings, sources)] = found
    assert settings == Settings(k=4, depth=9)
    assert (sources["k"], sources["depth"], sources["seed"]) == ("environment", "commandline", "default")
    rankr1("doctor", "--calibrate")
    assert found[1] == "calibrated"
