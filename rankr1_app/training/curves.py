"""The curves of a training run as a picture."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import Problem


def table(path: Path) -> list[dict[str, str]]:
    """Return the rows of a progress file."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def picture(rows: Sequence[Mapping[str, str]], path: Path, columns: Mapping[str, str]) -> None:
    """Draw `columns` (name in the rows, title) over the steps, each with its running mean over a tenth of the run, as
    SVG. Raises `Problem` where matplotlib is missing."""
    try:
        import matplotlib
    except ImportError as error:
        raise Problem("a picture needs matplotlib: pip install -r requirements-train.txt") from error
    matplotlib.use("svg")
    matplotlib.rcParams |= {"svg.hashsalt": "rankr1", "font.size": 9}
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, len(columns), figsize=(3 * len(columns), 2.6))
    steps = [int(row["step"]) for row in rows]
    for part, (name, title) in zip(axes, columns.items(), strict=True):
        values = [float(row[name]) for row in rows]
        part.plot(steps, values, color="#b9c4d6", linewidth=0.8)
        part.plot(steps, running(values, max(1, len(values) // 10)), color="#2f5fa8")
        part.set_title(title)
        part.set_xlabel("step")
        part.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def running(values: Sequence[float], window: int) -> list[float]:
    """Return the mean of each value and up to `window` before it."""
    parts = [values[max(0, at - window) : at + 1] for at in range(len(values))]
    return [sum(part) / len(part) for part in parts]
