"""A reason belongs to the documents it names, verbatim, and to nobody else: rules, and a measure on 150 texts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from rankr1_app.explanation.reasons import reasons, spoken_of
from tests.explanation.test_weighing import ANSWER

THIRD = "[3] bread is there, words .10, meaning .30: weaker in words than [2].\n"
DOCUMENTS = ["a", "b", "c", "d", "e"]
TITLES = {
    "d1": "Bread and its history",
    "d2": "Tea in China",
    "d3": "The Yeast Book",
    "d4": "Coffee",
    "d5": "Stones of Scotland",
}
MARK = re.compile(r"\{([\d,]+):(.*?)\}", re.DOTALL)


def of(text: str, winner: str | None = "b") -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for reason in reasons(text, DOCUMENTS, winner):
        assert text[reason.start : reason.end] == reason.text
        found.setdefault(reason.document, []).append(reason.text)
    return found


def test_sentences_go_to_the_documents_they_name() -> None:
    thought = "The query is about tea. [1] speaks of coffee. [2] and [4] speak of tea! Nothing else."
    text = f"<think> {thought}</think>\n<answer>[2]</answer>"
    assert of(text) == {
        "a": ["[1] speaks of coffee."],
        "b": ["[2] and [4] speak of tea!"],
        "d": ["[2] and [4] speak of tea!"],
    }


def test_the_answer_itself_is_no_reason() -> None:
    assert of("<think>hm</think><answer>[2]</answer>") == {}
    assert of("<answer>[2]</answer>") == {}


def test_lines_without_full_stops() -> None:
    assert of("<think>\n- [1]: yes\n- [3]: no\n</think>") == {"a": ["- [1]: yes"], "c": ["- [3]: no"]}


def test_still_thinking() -> None:
    assert of("<think> [5] begins") == {"e": ["[5] begins"]}


def test_decimals_and_abbreviations_do_not_cut() -> None:
    assert of("<think>[1] says 3.5 percent.</think>") == {"a": ["[1] says 3.5 percent."]}


@pytest.mark.parametrize(
    ("sentence", "labels"),
    [
        ("[2]-[4] are off topic", [2, 3, 4]),
        ("[2] to [4]", [2, 3, 4]),
        ("[4]–[5]", [4, 5]),
        ("[9] is out of range", []),
        ("[0] too", []),
        ("[1], [1] and [3]", [1, 3]),
        ("[4]-[99]", [4, 5]),
        ("no label, 3 of 4", []),
        ("[4]-[2]", [4, 2]),
    ],
)
def test_labels_named(sentence: str, labels: list[int]) -> None:
    assert spoken_of(sentence, 5, {}) == labels


def test_a_title_that_two_documents_share_names_neither() -> None:
    titles = {"a": "The rise of bread", "b": "The rise of bread", "c": "A history of tea"}
    text = "<think>The rise of bread is apt. A history of tea is not.</think>"
    assert [reason.document for reason in reasons(text, DOCUMENTS, "b", titles)] == ["c"]


def test_outcomes() -> None:
    text = "<think>[1] loses. [2] wins.</think>"
    assert [r.outcome for r in reasons(text, DOCUMENTS, "b")] == ["lost", "won"]
    assert [r.outcome for r in reasons(text, DOCUMENTS, None)] == ["undecided", "undecided"]


def test_a_very_long_thought_is_quick() -> None:
    assert len(reasons("<think>" + "[1] a. " * 50_000, DOCUMENTS, "a")) == 50_000


def test_a_line_that_compares_scores_is_of_the_document_it_begins_with() -> None:
    said = ANSWER.replace(
        "[3], [4]: none", "[3] bread is there, words .10, meaning .30: weaker in words than [2].\n[4]: none"
    )
    found = reasons(said, ["a", "b", "c", "d"], "b")
    of = {name: [reason.text[:30].strip() for reason in found if reason.document == name] for name in "abcd"}
    last = "The choice is [2], which beats"
    assert of == {
        "a": ["[1] bread comes early, rise is", last],
        "b": ["[2] bread comes early, rise co", last],
        "c": ["[3] bread is there, words .10,"],
        "d": ["[4]: none of the words, and fa"],
    }


@dataclass(frozen=True)
class Case:
    """A text, and which document (by number) is spoken of from where to where."""

    text: str
    spoken: tuple[tuple[int, int, int], ...]


def cases() -> list[Case]:
    """The texts of `attributed.txt`; `pytest -s` prints what was measured on them."""
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


def test_precision_and_recall_of_attribution_on_texts_written_by_hand() -> None:
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
