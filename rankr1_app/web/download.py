"""A kept search as files: a TREC run, the result as JSON, the recording, and a page that opens anywhere."""

from __future__ import annotations

import base64
import json
import posixpath
import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..events import Event, dumps
from ..paths import STATIC
from ..results import call_object, gather, result
from . import lines

IMPORT = re.compile(r"""(\bfrom\s*|\bimport\s*\(?\s*)(["'])(\.\.?/[^"'\n]+\.js)\2""")
"""What a module imports, in any form: `import … from`, `export … from`, for its effects, or when it is needed."""
HERE = "rank-r1/"


def run(name: str, events: Iterable[Event]) -> bytes:
    """Return the ranking in TREC's format, under the recording's id as its topic. Scores are places, not relevance."""
    ranking = result(gather(events))["ranking"]
    lines = [f"{name} Q0 {each['id']} {each['rank']} {len(ranking) - each['rank'] + 1} rank-r1\n" for each in ranking]
    return "".join(lines).encode("utf-8", "replace")


def result_object(name: str, events: Iterable[Event]) -> bytes:
    """Return the object that `rankr1 search --format json` prints."""
    return json.dumps(result(gather(events)), ensure_ascii=False, indent=1).encode("utf-8", "replace")


def recording(name: str, events: Iterable[Event]) -> bytes:
    """Return the events, one a line: `rankr1 replay` plays them."""
    return "".join(dumps(event) + "\n" for event in events).encode("utf-8", "replace")


def page(
    name: str,
    events: Iterable[Event],
    shuffles: Iterable[tuple[str, Iterable[Event]]] = (),
    facets: Sequence[object] = (),
    trials: Sequence[object] = (),
) -> bytes:
    """Return one HTML file with the search, its other `shuffles`, the `facets` of its list, the `trials` of its
    reasons, and everything that shows it: it opens without a server."""
    shown = search_data(name, list(events))
    shown["shuffles"] = [search_data(run, list(found))["lines"] for run, found in shuffles]
    shown["facets"] = facets
    shown["trials"] = trials
    return filled(shown["query"][:120], "", {"searches": [shown]})


def pages(searches: Iterable[tuple[str, Iterable[Event]]], head: Callable[[], str] = str) -> bytes:
    """Return one HTML file with several searches by name, one of them in view: it opens without a server. Above it
    stands the HTML that `head` makes once every search was read, or a list of them."""
    shown = [search_data(name, list(events)) for name, events in searches]
    title = shown[0]["query"][:120] if len(shown) == 1 else f"{len(shown)} searches"
    return filled(title, head() or (contents(shown) if len(shown) > 1 else ""), {"searches": shown})


def comparison(searches: Iterable[tuple[str, Iterable[Event]]], votes: Sequence[object] = ()) -> bytes:
    """Return one HTML file with searches side by side, each of which can be looked at alone, and the votes on them: it
    opens without a server."""
    shown = [search_data(name, list(events)) for name, events in searches]
    title = f"{shown[0]['query'][:120]} – {len(shown)} rankings"
    compared = [search["id"] for search in shown]
    return filled(title, "", {"searches": shown, "compared": compared, "votes": votes})


def filled(title: str, contents: str, shown: Mapping[str, Any]) -> bytes:
    """Return the file with everything that shows what is `shown`."""
    data = {"css": (STATIC / "page.css").read_text("utf-8"), **shown}
    return PAGE.format(
        title=escaped(f"{title} – Rank-R1"),
        policy=POLICY,
        contents=contents,
        data=script(data),
        map=script({"imports": import_map(STATIC)}),
        main=f"{HERE}main.js",
    ).encode("utf-8", "replace")


def search_data(name: str, events: Sequence[Event]) -> dict[str, Any]:
    """Return what a page needs to show a search: its lines, and its calls whole."""
    fold = gather(events)
    calls = {
        call: {**call_object(fold, call), "messages": [vars(m) for m in started.messages]}
        for call, started in fold.started.items()
    }
    shown = [json.loads(line) for line in lines.recorded(name, events)]
    return {"id": name, "query": fold.query, "lines": shown, "calls": calls}


def contents(searches: Sequence[dict[str, Any]]) -> str:
    """Return the list of several searches, each with an address of its own."""
    links = "".join(
        f'<li><a href="#{quote(search["id"], safe="")}">{escaped(search["query"][:200])}</a></li>'
        for search in searches
    )
    return f'<nav aria-label="Searches"><ol>{links}</ol></nav>'


POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' data:; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)
"""What a page that opens offline may do: run what is in it, and ask nobody for anything."""
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 0; background: light-dark(#fbfaf8, #161514); }}
nav {{ font: 15px/1.5 system-ui, sans-serif; max-height: 30vh; overflow: auto; border-bottom: 1px solid #8886; }}
nav a, section a {{ color: light-dark(#1f5fa8, #8ab8ee); }}
section {{ font: 15px/1.5 system-ui, sans-serif; max-height: 60vh; overflow: auto; border-bottom: 1px solid #8886;
  padding: 0 max(24px, calc(50vw - 564px)) 16px; color: light-dark(#1c1b1a, #eceae6); }}
h2, h3 {{ font-size: 17px; margin: 16px 0 4px; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; }}
th, td {{ text-align: left; vertical-align: top; padding: 4px 16px 4px 0; border-bottom: 1px solid #8886; }}
</style>
<script type="application/json" id="rank-r1-kept">{data}</script>
<script type="importmap">{map}</script>
<body>{contents}<main id="root"></main>
<script type="module">import {{ mount }} from "{main}"; mount(document.getElementById("root"));</script>
</body>
</html>
"""


def import_map(folder: Path) -> dict[str, str]:
    """Return every module in `folder` and below it as an address of its own, by the name that the others import."""
    texts = {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in sorted(folder.rglob("*.js"))}
    return {f"{HERE}{name}": inlined(renamed(name, text, texts)) for name, text in texts.items()}


def renamed(name: str, text: str, modules: Container[str]) -> str:
    """Return a module whose imports are names of the import map. Raises `LookupError` for one that is not there."""

    def import_of(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), match[3]))
        if target not in modules:
            raise LookupError(f"module {name} imports {target}, which does not exist")
        return f'{match[1]}"{HERE}{target}"'

    return IMPORT.sub(import_of, text)


def inlined(text: str) -> str:
    """Return a module as an address that holds it."""
    return "data:text/javascript;base64," + base64.b64encode(text.encode()).decode()


def script(value: object) -> str:
    """Return JSON that cannot end the element it stands in."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def escaped(text: str) -> str:
    """Return text as HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;")


FORMS: Mapping[str, Callable[[str, Iterable[Event]], bytes]] = {
    "run": run,
    "json": result_object,
    "jsonl": recording,
    "html": page,
}
TYPES = {"run": "text/plain", "json": "application/json", "jsonl": "application/x-ndjson", "html": "text/html"}
