"""The main path in a second engine: a search, its reasons, a panel, and both themes, in Firefox."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from rankr1_app.library import Library
from rankr1_app.retrieval import indexes
from rankr1_app.service import Service
from rankr1_app.settings import Settings
from rankr1_app.store import Store

from ..engines.server import ScriptedServer
from ..serving import served
from .firefox import running

PAGE = "document.querySelector('rank-page')"
ROOT = f"{PAGE}?.shadowRoot"
PAPER = f"getComputedStyle({PAGE}).backgroundColor"
SEARCH = f"""(() => {{
    const {{ form }} = {PAGE};
    form.field.value = 'common';
    form.node.requestSubmit();
}})()"""


def test_the_main_path_in_firefox(tmp_path: Path) -> None:
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if program is None:
        reason = "this test needs firefox-esr on the path"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    rows = [{"id": f"d{n}", "title": f"Paper {n}", "text": f"common text {n}"} for n in range(8)]
    (tmp_path / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    indexes.build(tmp_path / "corpus.jsonl", "firefox")
    profile = tmp_path / "profile"
    profile.mkdir()
    answer = "<think>[1] says most, [2] less.</think><answer>[1]</answer>"
    with ScriptedServer(lambda _: answer) as server:
        settings = Settings(index="firefox", base_url=server.base_url, model="judge", k=3, docs_per_call=4)
        with (
            served(Service(settings, Library(Store(tmp_path / "kept")))) as address,
            running(program, profile) as firefox,
        ):
            firefox.open(address)
            firefox.wait(f"{ROOT}?.querySelector('.pill') && {ROOT}.querySelector('.page').style.opacity === ''")
            assert firefox.run(PAPER) == "rgb(251, 250, 248)"
            firefox.run(SEARCH)
            firefox.wait(f"{PAGE}.state.phase === 'finished' && {ROOT}.querySelectorAll('.card.settled').length === 3")
            assert firefox.run(f"{ROOT}.querySelector('.reason .chip').textContent") == "this document"
            firefox.run(f"{ROOT}.querySelector('.dot').click()")
            firefox.wait(f"{ROOT}.querySelector('.side pre.words')?.textContent.includes('says most')")
            firefox.open(address + "?__theme=dark")
            firefox.wait(f"{ROOT}?.querySelector('.pill') && {ROOT}.querySelector('.page').style.opacity === ''")
            assert firefox.run(PAPER) == "rgb(22, 21, 20)"
            firefox.run("document.body.classList.remove('dark')")
            firefox.wait(f"{PAPER} === 'rgb(251, 250, 248)'", 5)
            assert firefox.errors == []
