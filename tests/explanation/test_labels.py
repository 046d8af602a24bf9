"""A bracketed number is a label where the answer means a document by it, not where it is part of a title or quoted."""

from __future__ import annotations

import pytest

from rankr1_app.explanation.reasons import labels, reasons

TITLES = {
    "d1": "[2] Yeast at work",
    "d2": "Ovens",
    "d3": "Part [1] Gluten",
    "d4": "Salt",
    "d5": "[3] Wild starters",
    "d6": "[4]",
}
DOCUMENTS = list(TITLES)


def marked(text: str) -> str:
    """The answer with every label in braces, and the document that it stands for."""
    for document, start, end in reversed(list(labels(text, DOCUMENTS, TITLES))):
        text = f"{text[:start]}{{{text[start:end]} {document}}}{text[end:]}"
    return text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[1] says much.", "{[1] d1} says much."),
        ("[1] [2] Yeast at work says much.", "{[1] d1} [2] Yeast at work says much."),
        ("Title [2]  yeast at\nwork, not [2].", "Title [2]  yeast at\nwork, not {[2] d2}."),
        ("[2] and Part [1] Gluten: both.", "{[2] d2} and Part [1] Gluten: both."),
        ("[7] and [0] stand for nothing.", "[7] and [0] stand for nothing."),
        ('It says "as shown in [2] before", so [3].', 'It says "as shown in [2] before", so {[3] d3}.'),
        ("A title that is a number says nothing: [4].", "A title that is a number says nothing: {[4] d4}."),
        ("<think>[5]</think> <answer>[1]</answer>", "<think>{[5] d5}</think> <answer>{[1] d1}</answer>"),
        ("[3] Wild starters is no label.", "[3] Wild starters is no label."),
    ],
)
def test_labels_are_found_where_they_stand(text: str, expected: str) -> None:
    assert marked(text) == expected


def test_a_title_that_begins_with_its_own_label_is_a_title() -> None:
    titles = {"a": "[1] Salt", "b": "[2] Iron"}
    text = "<think>[1] [1] Salt. Then [2] Iron.</think>"
    assert list(labels(text, ["a", "b"], titles)) == [("a", 7, 10)]
    assert [each.document for each in reasons(text, ["a", "b"], None, titles)] == ["a", "b"]


def test_the_number_of_a_title_names_no_other_document() -> None:
    text = "<think>\n- [1] [2] Yeast at work: it rises.\nPart [1] Gluten holds the gas.\n</think>\n<answer>[1]</answer>"
    assert [(each.document, each.text) for each in reasons(text, DOCUMENTS, "d1", TITLES)] == [
        ("d1", "- [1] [2] Yeast at work: it rises."),
        ("d3", "Part [1] Gluten holds the gas."),
    ]


def test_what_the_attribution_reads_is_what_is_marked() -> None:
    text = '<think>\nHe said 5" [2] is wide. Then [3] a 6" pipe.\n</think>'
    assert {each.document for each in reasons(text, DOCUMENTS, None, TITLES)} == {
        document for document, _, _ in labels(text, DOCUMENTS, TITLES)
    }
