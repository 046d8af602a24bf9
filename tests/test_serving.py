"""What `rankr1 serve` refuses before it listens."""

from __future__ import annotations

import socket

import pytest

from rankr1_app.cli import main


@pytest.mark.parametrize("index", ["nope", "/dev/null", "x" * 5_000, "a/b"])
def test_an_index_that_does_not_exist_is_said_at_once(index: str, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--index", index, "--port", str(port)])
    assert ended.value.code == 1
    err = capsys.readouterr().err
    assert err.startswith("error: index '")
    assert "does not exist, known are demo" in err
    assert err.count("\n") == 1
