"""Examples as token ids: what of them is learnt, and what is passed over."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from random import Random

import pytest
from tokenizers import Tokenizer

from rankr1_app.explanation.claims import check
from rankr1_app.training import batches, curriculum, examples, pools, sft, tokenizer, traces

from .tiny import write


def test_a_slip_is_not_learnt_and_what_follows_is(tmp_path: Path) -> None:
    text = write(tmp_path, 10).read_text(encoding="utf-8").replace("synthetic = 1.0", "synthetic = 1.0, misnamed = 1.0")
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    config = curriculum.read_config(tmp_path / "config.toml")
    pool = pools.gather(tmp_path, config.corpora, config.topics)
    words = tokenizer.train([" ".join(text) for text in pool.texts], 600)
    slips = 0
    for step in range(8):
        batch = sft.draw_batch(config, pool, words, step)
        rng = Random(f"3/{step}")
        setting = rng.choice(config.stages[0].settings)
        for ids, learn in zip(batch.ids.tolist(), batch.learn.tolist(), strict=True):
            example = examples.draw(pool, rng, setting)
            kept = words.decode([after for after, learnt in zip(ids[1:], learn, strict=False) if learnt])
            named = example.trace.partition(traces.ASKS + " ")[2].partition(". A word")[0].split(", ")
            said = kept.partition(". A word")[0].partition(traces.ASKS)[2].split(",")
            assert [word.strip() for word in said] == [
                "" if place in example.wrong else name for place, name in enumerate(named)
            ]
            slips += len(example.wrong)
    assert slips > 5
    right = sft.draw_batch(dataclasses.replace(config, stages=config.stages[1:]), pool, words, 0)
    assert right.naming.any(1).all()


def test_words_beyond_the_end_of_a_line_are_not_learnt_and_its_end_is(tmp_path: Path) -> None:
    write(tmp_path, 10)
    pool = pools.gather(tmp_path, ["tiny/corpus.jsonl"], ["tiny/topics.tsv"])
    words = tokenizer.train([" ".join(text) for text in pool.texts], 600)
    setting = examples.Setting(documents=(2, 4), words=(5, 9), circles=0.5, strays=1.0)
    beyond = 0
    for seed in range(40):
        batch = batches.draw(pool, words, Random(seed), setting, 1, whole_vocabulary=True)
        example = examples.draw(pool, Random(seed), setting)
        ids, learn = batch.ids[0].tolist(), batch.learn[0].tolist()
        kept = words.decode([after for after, learnt in zip(ids[1:], learn, strict=False) if learnt])
        labelled = {traces.label(place): text for place, text in enumerate(example.documents)}
        claims = check(example.trace, example.query, labelled)
        assert all(claim.true for claim in claims if claim.kind != "asked")
        lines = [line for line in kept.splitlines() if line.startswith("[")]
        for place, line in enumerate(lines):
            said = [claim.word for claim in claims if claim.label == traces.label(place) and claim.word]
            more = example.beyond.get(place, ())
            assert tuple(said[len(said) - len(more) :]) == tuple(more)
            assert set(more) <= set(said[: len(said) - len(more)])
            told = "is there|comes early|is missing"
            assert re.findall(rf"(\w+) (?:{told})", line) == said[: len(said) - len(more)]
            assert len(re.findall(told, line)) == len(said)
            assert line.endswith("in all.")
            beyond += len(more)
    assert beyond > 20


@pytest.fixture(scope="module")
def tokens(pool: pools.Pool) -> Tokenizer:
    return tokenizer.train([" ".join(text) for text in pool.texts[:300]], 600)


SETTING = examples.Setting(documents=(1, 3), words=(4, 12))


def test_rows_fill_a_step_and_no_more_and_one_is_taken_whatever_its_length(pool: pools.Pool, tokens: Tokenizer) -> None:
    for seed in range(20):
        batch = batches.draw(pool, tokens, Random(seed), SETTING, 700, whole_vocabulary=False)
        assert batch.ids.numel() <= 700 or len(batch.ids) == 1
        assert batch.ids.shape == batch.learn.shape == batch.naming.shape
    assert len(batches.draw(pool, tokens, Random(1), SETTING, 1, whole_vocabulary=True).ids) == 1
    assert len(batches.draw(pool, tokens, Random(1), SETTING, 5000, whole_vocabulary=True).ids) > 5


def test_the_trace_and_the_stop_are_learnt_and_neither_the_prompt_nor_the_padding(
    pool: pools.Pool, tokens: Tokenizer
) -> None:
    batch = batches.draw(pool, tokens, Random(7), SETTING, 3000, whole_vocabulary=True)
    rng = Random(7)
    for ids, learn in zip(batch.ids.tolist(), batch.learn.tolist(), strict=True):
        row, start = batches.encode(tokens, examples.draw(pool, rng, SETTING))
        assert ids[: len(row)] == row
        assert {*ids[len(row) :]} <= {tokenizer.id_of(tokens, tokenizer.PAD)}
        assert learn == [start - 1 <= at < len(row) - 1 for at in range(len(ids))]
        assert row[-1] == tokenizer.id_of(tokens, tokenizer.STOP)


def test_the_words_asked_stand_between_their_phrases(pool: pools.Pool, tokens: Tokenizer) -> None:
    example = examples.draw(pool, Random(3), SETTING)
    row, start = batches.encode(tokens, example)
    said = [tokens.decode(row[each.start : each.stop]).strip() for each in batches.names_in(tokens, row, start)]
    assert said == example.trace.partition(traces.ASKS + " ")[2].partition(traces.EACH)[0].split(", ")


def test_a_trace_that_ends_where_it_should_has_nothing_beyond(pool: pools.Pool, tokens: Tokenizer) -> None:
    example = examples.draw(pool, Random(3), SETTING)
    row, start = batches.encode(tokens, example)
    assert batches.beyond_end(tokens, row, start, example) == []
