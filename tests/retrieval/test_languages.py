"""The languages an index can be built for are those that Anserini has analysers for."""

from __future__ import annotations

from rankr1_app.retrieval import java
from rankr1_app.retrieval.languages import ENGLISH, LANGUAGES, THAI


def test_languages_are_those_of_anserini() -> None:
    known = java.classes("io.anserini.analysis.AnalyzerMap").analyzerMap.keySet().toArray()
    assert set(LANGUAGES) == {*known, "en", "ha", "so", "sw", "yo"}


def test_a_language_has_a_code_of_two_letters_and_a_name_of_its_own() -> None:
    assert all(len(code) == 2 and code.isalpha() and code.islower() for code in LANGUAGES)
    assert list(LANGUAGES) == sorted(LANGUAGES), "as a person looks for them"
    assert len({*LANGUAGES.values()}) == len(LANGUAGES)
    assert (LANGUAGES[ENGLISH], LANGUAGES[THAI]) == ("English", "Thai")
