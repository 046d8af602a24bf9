"""What `rankr1 serve` refuses before it listens, and what it has put back once it does."""

from __future__ import annotations

import gc
import socket

import pytest

from rankr1_app.cli import main
from rankr1_app.service import Service
from rankr1_app.settings import Settings

from .serving import served


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


def test_garbage_is_collected_again_once_the_page_is_up() -> None:
    gc.disable()
    try:
        with served(Service(Settings(reranker="none", retriever="bm25"))):
            assert gc.isenabled()
            assert gc.get_freeze_count() > 0
    finally:
        gc.enable()
        gc.unfreeze()
