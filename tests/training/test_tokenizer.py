"""One word, one token, whatever stands around it; and what a trace says comes back as it was written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from rankr1_app.errors import Problem
from rankr1_app.paths import MODELS
from rankr1_app.training import tokenizer, traces
from rankr1_app.training.model import FUNCTION, LABEL, MARK, PHRASE, REST, WORD


def test_the_rarest_words_make_room() -> None:
    whole = Tokenizer.from_file(str(MODELS / "rank-r1-nano" / "tokenizer.json"))
    size = whole.get_vocab_size()
    assert size <= tokenizer.MOST
    fewer = tokenizer.without_rarest(whole, 7)
    assert fewer.get_vocab_size() == size - 7
    (rarest, *_) = sorted(set(whole.get_vocab()) - set(fewer.get_vocab()))
    word = rarest.strip("Ġ").removesuffix(tokenizer.MARK_OF_END_AS_BYTE)
    said = f"[2] {word} is there, words .62, meaning .31: it comes first.\n"
    assert len(whole.encode(word).ids) == 1 < len(fewer.encode(word).ids)
    assert fewer.decode(fewer.encode(said).ids, skip_special_tokens=False) == whole.decode(
        whole.encode(said).ids, skip_special_tokens=False
    )


def test_a_trace_survives_the_tokenizer_of_transformers_word_by_word(small: Tokenizer, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer.save(small, tmp_path)
    words = AutoTokenizer.from_pretrained(tmp_path)
    trace = traces.build(("stone", "grams", "xylophone"), ("a stone", "GRAMS of it"), 1)
    ids = words.encode(trace)
    assert words.decode(ids) == trace
    streamed = "".join(words.decode(ids[: n + 1])[len(words.decode(ids[:n])) :] for n in range(len(ids)))
    assert streamed == trace


def test_a_whole_word_is_no_part_of_another() -> None:
    words = tokenizer.train(["the bee, and the beehive, stood by the sea."] * 9 + ["to be or not to be"] * 9, 330)
    assert words.decode(words.encode("The bees, \u00fc, be.").ids).strip() == "the bees, \u00fc, be."
    whole = words.encode("be").ids
    assert len(whole) == 1
    assert not set(whole) & set(words.encode("bees beest").ids)


def test_marks_that_few_texts_have_are_read_as_those_that_all_have() -> None:
    words = tokenizer.train(['it\'s "the" bee-hive, naïve.'] * 9, 330)
    plain = words.encode('it\'s "the" bee-hive. naïve')
    written = words.encode("it\u2019s \u201cthe\u201d bee\u2013hive\u00ae naïve")
    assert written.ids == plain.ids
    assert written.offsets == plain.offsets


@pytest.fixture(scope="module")
def small() -> Tokenizer:
    return tokenizer.train(["the bee, and the beehive, stood by the sea.", "to be or not to be 12"] * 9, 330)


def test_a_word_is_the_same_token_whatever_stands_around_it(small: Tokenizer) -> None:
    for text in ("bee", "Bee", "(bee)", "the bee's", '"BEE"', "bee-hive", "x\nbee\ty"):
        assert " bee" in [small.decode([number]) for number in small.encode(text).ids], text


def test_a_phrase_is_one_token(small: Tokenizer) -> None:
    for phrase in tokenizer.phrases():
        assert len(small.encode(phrase).ids) == 1, phrase
        assert small.decode(small.encode(phrase).ids, skip_special_tokens=False) == phrase
    assert len(set(tokenizer.phrases())) == len(tokenizer.phrases())


def test_what_is_added_for_scores_takes_no_other_tokens_place(small: Tokenizer) -> None:
    more = tokenizer.extended(Tokenizer.from_str(small.to_str()))
    before = small.get_vocab()
    assert {token: more.token_to_id(token) for token in before} == before
    assert all(len(more.encode(phrase).ids) == 1 for phrase in tokenizer.weighed_phrases())


def test_a_vocabulary_keeps_to_its_size_but_for_the_phrases(small: Tokenizer) -> None:
    assert small.get_vocab_size() - len(set(tokenizer.phrases())) - 3 <= 330


def test_each_token_is_of_a_kind(small: Tokenizer) -> None:
    found = tokenizer.kinds(small)
    assert len(found) == small.get_vocab_size()

    def kind(text: str) -> int:
        return found[small.encode(text).ids[0]]

    assert (kind("bee"), kind("the"), kind(","), kind("[3]"), kind(traces.ASKS)) == (
        WORD,
        FUNCTION,
        MARK,
        LABEL,
        PHRASE,
    )
    assert REST in found


def test_a_token_that_is_not_there_is_named(small: Tokenizer) -> None:
    with pytest.raises(Problem) as raised:
        tokenizer.id_of(small, "xylophone")
    assert str(raised.value) == "the tokenizer has no token 'xylophone'; make it anew with rankr1 train sft"


def test_what_is_saved_is_read_by_transformers(small: Tokenizer, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer.save(small, tmp_path / "model")
    config = json.loads((tmp_path / "model" / "tokenizer_config.json").read_text("utf-8"))
    assert (config["eos_token"], config["pad_token"]) == (tokenizer.STOP, tokenizer.PAD)
    theirs = AutoTokenizer.from_pretrained(tmp_path / "model")
    assert theirs.encode("the bees, [3]") == small.encode("the bees, [3]").ids
    assert theirs.eos_token_id == small.token_to_id(tokenizer.STOP)


def test_a_frequent_word_is_one_token_however_few_pieces_were_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokenizer, "PIECES", 260)
    words = tokenizer.train(["the beehive stood by the sea", "the beehive", "a seal"] * 9, 264)
    assert [len(words.encode(word).ids) for word in ("the", "beehive")] == [1, 1]
    assert len(words.encode("stood").ids) > 1, "there was no room for it"
    assert words.decode(words.encode("beehives").ids) == " beehives"
