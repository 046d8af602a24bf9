"""Writes `benchmarks/README.md` and its plots from `benchmarks/results`: `python -m benchmarks.report`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .common import RESULTS, table

HERE = Path(__file__).parent
README = HERE / "README.md"
SECTIONS = {
    "sorts": "Sort strategies, a judge of fixed latency",
    "guesses": "The guessed chain, by what the judge's likelihoods tell",
    "rounds": "Rounds of the guessed chain, over many searches",
    "model-vllm-20": "Sort strategies, the bundled model on vLLM (CPU), 20 candidates",
    "model-vllm-100": "Sort strategies, the bundled model on vLLM (CPU), 100 candidates",
    "model-transformers-20": "Sort strategies, the bundled model in process (CPU), 20 candidates",
    "orders-transformers": "Orders of the documents inside a call",
    "forward": "The bundled model in process, by two forward passes",
    "retrieval": "First stages",
    "milvus": "First stages in Milvus",
    "methods": "Every ranking method, right always or four times in five",
    "logits": "Order from one answer against full selection",
    "batch": "Many topics at once",
    "candidates": "Growth with the candidates",
    "documents": "Growth with the documents",
    "scale": "First stages over ever more passages",
    "people": "Growth with the people who search at once",
    "light": "What the app costs without a model",
}
HEAD = """# Benchmarks

Every table says the command that measured it, run from the repository's root in the environment that `scripts/test`
makes; those with real topics need the shared collections beside the checkout. What is compared was measured side by
side in one run: trust the ratios more than the seconds. "Published" is what the published code does: the same prompts
and server, heapsort, one call at a time, nothing shown before the end.
"""


def sections() -> list[str]:
    """One for each result there is."""
    found = []
    for name, title in SECTIONS.items():
        path = RESULTS / f"{name}.json"
        if path.exists():
            found.append(section(name, title, json.loads(path.read_text())))
    return found


def section(name: str, title: str, whole: dict[str, Any]) -> str:
    """A heading, the plot if there is one, the table, and where it comes from."""
    parts = [f"## {title}", f"`{whole['command']}`, {whole['measured']}, {whole['machine']}."]
    if plot(name, title, whole["rows"]):
        parts.append(f"![{title}](plots/{name}.svg)")
    return "\n\n".join([*parts, table(whole["rows"]), *whole["notes"]])


def plot(name: str, title: str, rows: list[dict[str, Any]]) -> bool:
    """Bars of seconds for strategies, lines for growth; False for what is no picture."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams |= {"svg.hashsalt": "rankr1", "font.size": 9}
    from matplotlib import pyplot

    if "strategy" in rows[0] and name not in LINES:
        rows = [row for row in rows if row["candidates"] == rows[0]["candidates"]]
        figure, axes = pyplot.subplots(figsize=(7, 0.45 * len(rows) + 1))
        places = range(len(rows) - 1, -1, -1)
        axes.barh(places, [row["list complete, s"] for row in rows], color="#b9c4d6", label="list complete")
        axes.barh(places, [row["first rank, s"] for row in rows], height=0.35, color="#2f5fa8", label="first rank")
        axes.set_yticks(places, [row["strategy"] for row in rows])
        axes.set_xlabel("seconds")
    elif name in LINES:
        across, down, log = LINES[name]
        figure, axes = pyplot.subplots(figsize=(7, 3))
        for kind in dict.fromkeys(row.get("strategy", "") for row in rows):
            part = [row for row in rows if row.get("strategy", "") == kind]
            for what in down:
                label = f"{kind}, {what}" if kind else what
                axes.plot([row[across] for row in part], [row[what] for row in part], marker="o", label=label)
        axes.set_xlabel(across)
        if log:
            axes.set_xscale("log")
            axes.set_yscale("log")
    else:
        return False
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    (HERE / "plots").mkdir(exist_ok=True)
    figure.savefig(HERE / "plots" / f"{name}.svg", bbox_inches="tight", metadata={"Date": None})
    pyplot.close(figure)
    return True


LINES = {
    "batch": ("calls at once", ("tokens/s", "the engine alone, tokens/s"), True),
    "candidates": ("candidates", ("list complete, s",), False),
    "documents": ("documents", ("to build, s", "a search, ms"), True),
    "scale": ("documents", ("1 at a time, ms",), True),
    "people": ("people", ("list, s", "first rank, s", "list complete, s"), False),
}


if __name__ == "__main__":
    README.write_text("\n\n".join([HEAD.strip(), *sections()]) + "\n", encoding="utf-8")
    print(README)
