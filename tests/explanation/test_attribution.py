"""Attribution measured on texts written by hand: `pytest tests/explanation/test_attribution.py -s` prints it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from rankr1_app.explanation.reasons import reasons

TITLES = {
    "d1": "Bread and its history",
    "d2": "Tea in China",
    "d3": "The Yeast Book",
    "d4": "Coffee",
    "d5": "Stones of Scotland",
}
MARK = re.compile(r"\{([\d,]+):(.*?)\}", re.DOTALL)


@dataclass(frozen=True)
class Case:
    """A text, and which document (by number) is spoken of from where to where."""

    text: str
    spoken: tuple[tuple[int, int, int], ...]


def cases() -> list[Case]:
    whole = (Path(__file__).parent / "attributed.txt").read_text("utf-8")
    body = "\n".join(line for line in whole.splitlines() if not line.startswith("# "))
    return [read(part.strip("\n")) for part in body.split("\n===\n")]


def read(annotated: str) -> Case:
    """The text without its marks."""
    text, spoken, at = "<think>", [], 0
    for match in MARK.finditer(annotated):
        text += annotated[at : match.start()]
        for number in match[1].split(","):
            spoken.append((int(number), len(text), len(text) + len(match[2])))
        text += match[2]
        at = match.end()
    return Case(f"{text}{annotated[at:]}</think>\n<answer>[1]</answer>", tuple(spoken))


def test_precision_and_recall() -> None:
    every = cases()
    assert len(every) >= 150
    said = right = wanted = found = 0
    wrong = []
    for case in every:
        told = [(int(r.document[1:]), r.start, r.end) for r in reasons(case.text, list(TITLES), "d1", TITLES)]
        for document, start, end in told:
            said += 1
            good = any(d == document and s < end and start < e for d, s, e in case.spoken)
            right += good
            if not good:
                wrong.append(f"wrongly {document}: {case.text[start:end]!r}")
        for document, start, end in case.spoken:
            wanted += 1
            seen = any(d == document and s < end and start < e for d, s, e in told)
            found += seen
            if not seen:
                wrong.append(f"missed {document}: {case.text[start:end]!r}")
    precision, recall = right / said, found / wanted
    print(f"\n{len(every)} texts, precision {precision:.3f} of {said}, recall {recall:.3f} of {wanted}")
    print("\n".join(wrong))
    assert precision >= 0.97
    assert recall >= 0.95
