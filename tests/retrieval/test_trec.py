"""Documents in TREC's own form, and text in which a person may have written anything."""

from __future__ import annotations

import pytest

from rankr1_app.retrieval.fields import Wrong
from rankr1_app.retrieval.report import Document
from rankr1_app.retrieval.trec import blocks, from_trec


def cut(text: str, limit: int = 10_000) -> list[tuple[int, str]]:
    """Return the first line and text of each document."""
    return list(blocks(enumerate(text.split("\n"), 1), limit))


def test_documents_are_cut_at_their_tags_and_what_stands_between_is_left_out() -> None:
    text = "noise\n<DOC>\n<DOCNO>a</DOCNO>\n</DOC>\nnoise\n <doc id=1>x</doc>\n"
    assert cut(text) == [(2, "<DOC>\n<DOCNO>a</DOCNO>\n</DOC>"), (6, " <doc id=1>x</doc>")]


def test_a_document_that_is_never_closed_is_empty_and_said() -> None:
    assert cut("<DOC>\nx\n<DOC>\ny") == [(1, "")]
    with pytest.raises(Wrong, match="^a <DOC> that is never closed$"):
        from_trec("")


def test_a_document_over_the_limit_is_cut_there() -> None:
    ((_, block),) = cut("<DOC>\n<DOCNO>a</DOCNO>\nshort\n" + "x" * 100 + "\n</DOC>", 50)
    assert block == "<DOC>\n<DOCNO>a</DOCNO>\nshort"
    assert from_trec(block) == Document("a", "", "short")


@pytest.mark.parametrize(
    ("inside", "found"),
    [
        ("<DOCNO> AP-1 </DOCNO><TEXT>one\n two </TEXT>", Document("AP-1", "", "one\ntwo")),
        ("<docno>a</docno><text>one</text><p>no</p><text>two</text>", Document("a", "", "one\ntwo")),
        ("<DOCNO>a</DOCNO><HEADLINE>H &amp; <b>I</b></HEADLINE>body", Document("a", "H & I", "body")),
        ("<DOCNO>a</DOCNO><HL>one</HL><TITLE>two</TITLE>x", Document("a", "one two", "x")),
        ("<DOCNO>a</DOCNO><DOCHDR>http://x\nGET</DOCHDR><DATE>1</DATE>x", Document("a", "", "x")),
        ("<DOCNO>a</DOCNO>2 < 3 and 4 > 1", Document("a", "", "2 < 3 and 4 > 1")),
        ("<DOCNO>a</DOCNO>&lt;script&gt; &#x1F600;", Document("a", "", "<script> \U0001f600")),
        ("<DOCNO>a</DOCNO>", Document("a", "", "")),
    ],
)
def test_number_title_and_text_of_a_document(inside: str, found: Document) -> None:
    assert from_trec(f"<DOC>{inside}</DOC>") == found


@pytest.mark.parametrize(
    ("inside", "says"),
    [
        ("text", "no <DOCNO>"),
        ("<DOCNO></DOCNO>x", "no id"),
        ("<DOCNO>a b</DOCNO>x", "id with blanks or over 1,000 characters"),
    ],
)
def test_a_document_without_a_number_is_wrong(inside: str, says: str) -> None:
    with pytest.raises(Wrong, match=f"^{says}$"):
        from_trec(f"<DOC>{inside}</DOC>")
