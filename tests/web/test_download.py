"""The page that opens offline carries every module of the page, wherever it is kept and however it is imported."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from rankr1_app.paths import STATIC
from rankr1_app.web.download import import_map

MODULES = {
    "main.js": "import {\n    one,\n} from './parts/one.js';\nimport './effect.js';\nexport * from \"./effect.js\";\n",
    "effect.js": "export const later = () => import('./parts/one.js');\n",
    "parts/one.js": 'import { two } from "../two-words.js";\nexport const one = `./main.js`;\n',
    "two-words.js": "export const two = 2;\n",
}


def decoded(address: str) -> str:
    return base64.b64decode(address.partition(",")[2]).decode()


def test_modules_of_subfolders_in_every_form(tmp_path: Path) -> None:
    for name, text in MODULES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    found = {name: decoded(address) for name, address in import_map(tmp_path).items()}
    assert found == {
        "rank-r1/main.js": 'import {\n    one,\n} from "rank-r1/parts/one.js";\nimport "rank-r1/effect.js";\n'
        'export * from "rank-r1/effect.js";\n',
        "rank-r1/effect.js": 'export const later = () => import("rank-r1/parts/one.js");\n',
        "rank-r1/parts/one.js": 'import { two } from "rank-r1/two-words.js";\nexport const one = `./main.js`;\n',
        "rank-r1/two-words.js": "export const two = 2;\n",
    }


def test_a_module_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "main.js").write_text('import { gone } from "./gone.js";')
    with pytest.raises(LookupError, match=r"main\.js imports gone\.js, which does not exist"):
        import_map(tmp_path)


def test_every_module_of_the_page_is_carried() -> None:
    assert {f"rank-r1/{path.relative_to(STATIC).as_posix()}" for path in STATIC.rglob("*.js")} == set(
        import_map(STATIC)
    )
