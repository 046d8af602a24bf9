"""Indexes by language, with the analysers that Anserini has."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rankr1_app.errors import Problem
from rankr1_app.retrieval import indexes
from rankr1_app.retrieval.bm25 import open_index
from rankr1_app.retrieval.languages import LANGUAGES

TEXTS = {
    "ar": ("القهوة ساخنة جدا", "قهوة"),
    "de": ("Die Häuser sind heiß", "das Haus"),
    "fr": ("Les maisons anciennes", "maison"),
    "hi": ("लड़कियाँ खेल रही हैं", "लड़की"),
    "ja": ("コーヒーは熱いです", "コーヒー"),
    "ko": ("커피가 아주 뜨겁다", "커피"),
    "pl": ("widzę stare domy", "dom"),
    "ru": ("Старые дома стоят", "дом"),
    "sw": ("Kahawa ni moto", "Kahawa"),
    "th": ("ฉันชอบดื่มกาแฟเย็นทุกเช้า", "กาแฟ"),
    "uk": ("Старі будинки стоять", "будинок"),
    "zh": ("我每天早上喝热咖啡", "咖啡"),
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANKR1_HOME", str(tmp_path / "home"))


def build(tmp_path: Path, name: str, language: str, *texts: str) -> None:
    corpus = tmp_path / "c.jsonl"
    rows = [{"id": f"d{n}", "title": "T", "text": text} for n, text in enumerate(texts)]
    corpus.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    indexes.build(corpus, name, language=language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_builds_and_searches(language: str, tmp_path: Path) -> None:
    text, query = TEXTS.get(language, ("xyzzy plugh 12", "xyzzy"))
    build(tmp_path, language, language, "something else", text)
    searcher = open_index(language)
    (hit,) = searcher.search(query, 5)
    assert (hit.id, hit.title, hit.text) == ("d1", "T", text)
    assert indexes.show(language).language == language
    terms = searcher.terms(query, "d1")
    assert sum(term.weight for term in terms) == pytest.approx(hit.score, abs=3e-4)
    assert searcher.note(query) == ""
    (word,) = [word for word in searcher.explain(query) if word.stems]
    assert 1 in word.documents


def test_thai_is_found_inside_words_and_stop_words_are_named(tmp_path: Path) -> None:
    build(tmp_path, "th", "th", "และกาแฟดำ", "กาแฟเย็น", "ชา")
    searcher = open_index("th")
    assert {hit.id for hit in searcher.search("กาแฟ", 5)} == {"d0", "d1"}
    assert "the Thai analyser drops “และ” as a stop word" in searcher.note("และ")


def test_nothing_found_says_why(tmp_path: Path) -> None:
    build(tmp_path, "en", "en", "ฉันชอบดื่มกาแฟเย็น", "bread rises")
    searcher = open_index("en")
    assert searcher.search("to be or not to be", 5) == searcher.search("กาแฟ", 5) == ()
    assert "drops “to”, “be”, “or” and “not” as stop words" in searcher.note("to be or not to be")
    assert "build the index with --language th" in searcher.note("กาแฟ")
    assert [word.documents for word in searcher.explain("the breads risen")] == [(), (1,), (0,)]


def test_an_unknown_language_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="language 'xx' is unknown, known are ar, bn"):
        build(tmp_path, "x", "xx", "text")
