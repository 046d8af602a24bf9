"""A comparison as one page of HTML that opens offline: tables, plots, gains and losses, topics that differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .compare import Measured, Pair

WIDTH, ROW, LEFT = 640, 26, 220
"""Of a plot, in pixels: its width, the height of a system's row, and where its bars begin."""
LIKELY = 0.05
"""A corrected probability below which a difference is marked."""


def page(
    measured: Sequence[Measured],
    tests: Sequence[Pair],
    topics: Sequence[str],
    addresses: Mapping[tuple[str, str], str],
    queries: Mapping[str, str],
) -> str:
    """Return the page. `topics` are those that differ most by the first measure; `addresses` lead to their recordings,
    by topic and system."""
    measures = list(measured[0].values)
    count = len(measured[0].values[measures[0]])
    parts = [
        "<h1>Comparison of rankers</h1>",
        f"<p>{len(measured)} systems over {count} judged topics. Intervals are 95 % (bootstrap over topics); tests are "
        "paired randomisation tests, corrected for the number of pairs (Holm).</p>",
        "<h2>Measures and cost</h2>",
        summary(measured, measures),
        *(f"<h3>{escape(measure)}</h3>{bars(measured, measure)}" for measure in measures),
        "<h2>Differences</h2>",
        differences(tests),
        f"<h2>Gains and losses by topic, {escape(measures[0])}</h2>",
        *(gains(measured[0], other, measures[0]) for other in measured[1:]),
        "<h2>Topics that differ most</h2>",
        differing(measured, measures[0], topics, addresses, queries),
    ]
    return PAGE.format(body="\n".join(parts))


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table of cells that are HTML already."""
    header = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{header}</tr></thead><tbody>{body}</tbody></table></div>'


def summary(measured: Sequence[Measured], measures: Sequence[str]) -> str:
    """Return the means with their intervals, and what a topic takes."""
    rows = []
    for system in measured:
        cells = [f"<b>{escape(system.name)}</b>"]
        for measure in measures:
            low, high = system.bounds(measure)
            cells.append(f"{system.mean(measure):.4f} <small>[{low:.4f}, {high:.4f}]</small>")
        rows.append([*cells, f"{system.calls:.1f}", f"{system.tokens:,.0f}", f"{system.seconds:.2f}"])
    costs = ("calls a topic", "tokens a topic", "seconds a topic (median)")
    return table(["system", *map(escape, measures), *costs], rows)


def bars(measured: Sequence[Measured], measure: str) -> str:
    """Return a plot of means with their intervals."""
    top = max(1e-9, *(system.bounds(measure)[1] for system in measured))
    scale = (WIDTH - LEFT - 70) / top
    shapes = []
    for place, system in enumerate(measured):
        mean, (low, high), y = system.mean(measure), system.bounds(measure), place * ROW
        shapes.append(
            f'<text x="{LEFT - 8}" y="{y + 17}" text-anchor="end">{escape(system.name)}</text>'
            f'<rect x="{LEFT}" y="{y + 5}" width="{mean * scale:.1f}" height="{ROW - 10}"/>'
            f'<line x1="{LEFT + low * scale:.1f}" x2="{LEFT + high * scale:.1f}" y1="{y + 13}" y2="{y + 13}"/>'
            f'<text x="{LEFT + high * scale + 8:.1f}" y="{y + 17}">{mean:.3f}</text>'
        )
    return drawing("".join(shapes), len(measured) * ROW, f"{measure} of each system, with 95 % intervals")


def gains(first: Measured, other: Measured, measure: str) -> str:
    """Return a plot of what a system gains and loses on the first one, a bar a topic, the largest gain first."""
    found = sorted(
        ((other.values[measure][topic] - value, topic) for topic, value in first.values[measure].items()), reverse=True
    )
    width, half = max(1.0, min(24.0, (WIDTH - 20) / max(1, len(found)))), 60
    top = max(1e-9, *(abs(gap) for gap, _ in found))
    shapes = [f'<line x1="0" x2="{width * len(found):.1f}" y1="{half}" y2="{half}"/>']
    for place, (gap, topic) in enumerate(found):
        height = abs(gap) / top * (half - 4)
        y = half - height if gap > 0 else half
        kind = "gain" if gap > 0 else "loss"
        shapes.append(
            f'<rect class="{kind}" x="{place * width:.1f}" y="{y:.1f}" width="{max(0.5, width - 1):.1f}" '
            f'height="{height:.1f}"><title>{escape(topic)}: {gap:+.4f}</title></rect>'
        )
    won, lost = sum(gap > 0 for gap, _ in found), sum(gap < 0 for gap, _ in found)
    same = len(found) - won - lost
    what = f"{other.name} against {first.name}: better for {won} topics, worse for {lost}, same for {same}"
    return f"<h3>{escape(what)}</h3>{drawing(''.join(shapes), 2 * half, what)}"


def drawing(shapes: str, height: int, title: str) -> str:
    """Return a plot."""
    return (
        f'<svg role="img" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">'
        f"<title>{escape(title)}</title>{shapes}</svg>"
    )


def differences(tests: Sequence[Pair]) -> str:
    """Return every pair and its test."""
    rows = []
    for pair in tests:
        p = f"{pair.corrected:.4f}"
        cells = [f"{escape(pair.first)} − {escape(pair.second)}", escape(pair.measure), f"{pair.mean:+.4f}"]
        rows.append([*cells, f"{pair.p:.4f}", f"<b>{p}</b>" if pair.corrected < LIKELY else p])
    return table(["pair", "measure", "mean difference", "p", "p, corrected"], rows)


def differing(
    measured: Sequence[Measured],
    measure: str,
    topics: Sequence[str],
    addresses: Mapping[tuple[str, str], str],
    queries: Mapping[str, str],
) -> str:
    """Return the topics that differ most, each value leading to its recording."""
    if not topics:
        return "<p>The systems agree on every topic.</p>"
    rows = []
    for topic in topics:
        cells = [f"{escape(topic)}: {escape(queries.get(topic, ''))}"]
        for system in measured:
            value = f"{system.values[measure][topic]:.4f}"
            place = addresses.get((topic, system.name))
            cells.append(f'<a href="{escape(place)}">{value}</a>' if place else value)
        rows.append(cells)
    return table(["topic", *(escape(system.name) for system in measured)], rows)


PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'">
<title>Comparison of rankers</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: light-dark(#222, #e6e4e0); background: light-dark(#fbfaf8, #161514); }}
.wide {{ overflow-x: auto; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; }}
th, td {{ text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #8886; vertical-align: top; }}
small {{ color: light-dark(#595959, #a8a8a8); }}
a {{ color: light-dark(#1f5fa8, #8ab8ee); }}
svg {{ max-width: 100%; height: auto; font-size: 13px; }}
svg text {{ fill: currentColor; }}
svg rect {{ fill: light-dark(#3a73b5, #7aa7dd); }}
svg rect.loss {{ fill: light-dark(#b5533a, #e08d76); }}
svg line {{ stroke: currentColor; }}
</style>
<body><main>
{body}
</main></body>
</html>
"""
