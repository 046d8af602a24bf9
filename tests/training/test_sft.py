from __future__ import annotations

import csv
import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from rankr1_app.errors import Problem
from rankr1_app.paths import MODELS
from rankr1_app.training import chat, initial, learning, sft, tokenizer, traces, weights

NEW = """[new]
pieces = 600
embedding_std = 0.25
shape = { layers = 2, hidden = 32, heads = 2, head = 16, mlp = 32 }
"""
CONFIG = """
output = "{folder}/out"
collections = "{folder}"
corpora = ["tiny/corpus.jsonl"]
topics = ["tiny/topics.tsv"]
seed = 3
steps = {steps}
batch_tokens = 400
matrix_lr = 0.02
other_lr = 0.003
warmup = 2
decay = 0.0
save_every = 10

{new}
[[stages]]
until = 10
settings = [{{ documents = [1, 2], words = [4, 8], synthetic = 1.0 }}]

[[stages]]
until = 30
whole_vocabulary = true
settings = [{{ documents = [2, 3], words = [4, 8] }}]
"""


def write(folder: Path, steps: int) -> Path:
    (folder / "tiny").mkdir(parents=True, exist_ok=True)
    rows = [
        {"id": str(n), "title": f"Stone {n}", "text": f"a stone of {n} grams falls, and rolls on."} for n in range(9)
    ]
    (folder / "tiny" / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (folder / "tiny" / "topics.tsv").write_text("1\twhy does a stone fall?\n2\trolls\n", encoding="utf-8")
    config = folder / "config.toml"
    config.write_text(CONFIG.format(folder=folder, steps=steps, new=NEW), encoding="utf-8")
    return config


def losses(folder: Path) -> list[tuple[str, str]]:
    with (folder / "progress.csv").open(encoding="utf-8", newline="") as lines:
        return [(row["step"], row["loss"]) for row in csv.DictReader(lines)]


def killed_half_way(config: Path, output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step = learning.take_step
    with monkeypatch.context() as patch:
        steps = itertools.count(1)

        def killed(*given: Any) -> Any:
            if next(steps) > 15:
                raise KeyboardInterrupt
            return step(*given)

        patch.setattr(sft, "take_step", killed)
        with pytest.raises(KeyboardInterrupt):
            sft.run(config, output=output)


def test_a_killed_run_goes_on_as_if_nothing_had_happened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = write(tmp_path, 20)
    sft.run(config, output=tmp_path / "whole")
    killed_half_way(config, tmp_path / "killed", monkeypatch)
    sft.run(config, resume=True, output=tmp_path / "killed")
    assert [step for step, _ in losses(tmp_path / "whole")] == ["10", "20"]
    assert losses(tmp_path / "killed") == losses(tmp_path / "whole")
    weights = [(tmp_path / name / "model" / "model.safetensors").read_bytes() for name in ("whole", "killed")]
    assert weights[0] == weights[1]


def test_what_is_saved_loads_in_transformers_and_says_the_same(tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    sft.run(write(tmp_path, 10))
    folder = tmp_path / "out" / "model"
    words = AutoTokenizer.from_pretrained(folder)
    theirs = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    messages = [{"role": "system", "content": chat.PROMPT.system}, {"role": "user", "content": "[1]: A stone falls."}]
    text = words.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert text.endswith("[1]: A stone falls.<|im_end|>\n<|im_start|>assistant\n")
    ids = words(text, return_tensors="pt")["input_ids"]
    ours = weights.load(folder)
    with torch.inference_mode():
        assert torch.allclose(ours.logits(ours.states(ids)), theirs(ids).logits, atol=1e-4)


@pytest.mark.parametrize("resume", [False, True])
def test_a_part_starts_from_what_the_one_before_it_made(tmp_path: Path, resume: bool) -> None:
    sft.run(write(tmp_path, 10))
    made = tmp_path / "out" / "model"
    config = write(tmp_path, 10)
    text = config.read_text(encoding="utf-8").replace("seed = 3", f'seed = 4\nstart_from = "{made}"')
    for old, new in ((NEW, ""), ("lr = 0.003", "lr = 0.0"), ("lr = 0.02", "lr = 0.0")):
        text = text.replace(old, new)
    config.write_text(text, encoding="utf-8")
    sft.run(config, resume=resume, output=tmp_path / "second")
    for name in ("model.safetensors", "tokenizer.json"):
        assert (made / name).read_bytes() == (tmp_path / "second" / "model" / name).read_bytes()


def test_a_deeper_network_says_the_same_until_it_learns(tmp_path: Path) -> None:
    import torch

    sft.run(write(tmp_path, 10))
    made = tmp_path / "out" / "model"
    before = weights.load(made)
    deeper = initial.deepen(before, (0, 0, 1))
    with pytest.raises(Problem, match="no block 2"):
        initial.deepen(before, (2,))
    ids = torch.arange(60).view(2, 30)
    with torch.inference_mode():
        assert deeper.shape.layers == 5
        assert torch.equal(deeper.states(ids), before.states(ids))
    config = write(tmp_path, 10)
    text = config.read_text(encoding="utf-8").replace(NEW, f'start_from = "{made}"\ndeepen = [0, 1]\n')
    config.write_text(text, encoding="utf-8")
    sft.run(config, output=tmp_path / "second")
    after = weights.load(tmp_path / "second" / "model")
    assert after.shape.layers == 4
    assert all(block.self_attn.o_proj.weight.any() for block in after.model.blocks())


def test_a_model_learns_to_weigh_scores(tmp_path: Path) -> None:
    from tokenizers import Tokenizer

    config = write(tmp_path, 10)
    sft.run(config)
    made = tmp_path / "out" / "model"
    text = config.read_text(encoding="utf-8").replace(NEW, f'start_from = "{made}"\nweighed = true\n')
    config.write_text(text.replace("steps = 10", "steps = 20"), encoding="utf-8")
    sft.run(config, output=tmp_path / "weighed")
    words = Tokenizer.from_file(str(tmp_path / "weighed" / "model" / "tokenizer.json"))
    known = Tokenizer.from_file(str(made / "tokenizer.json")).get_vocab()
    assert {token: words.token_to_id(token) for token in known} == known
    ids = words.encode(" meaning .62: nearer in meaning than [1], so it leads.\n").tokens
    assert ids == [" meaning .62:", " nearer in meaning than ", "[1]", ", so it leads.\n"]
    before, after = (
        weights.load(folder).model.embed_tokens.weight for folder in (made, tmp_path / "weighed" / "model")
    )
    counted = {words.token_to_id(said(n)) for said in (traces.there, traces.early) for n in range(1, 13)}
    assert all(after[n].equal(before[n]) != (n in counted) for n in known.values())
    near, far = (words.token_to_id(f" meaning {number}:") for number in (".63", ".10"))
    middle = after[words.token_to_id(" meaning .62:")]
    assert (middle - after[near]).norm() < 0.5 * (middle - after[far]).norm()


def test_the_rarest_words_make_room() -> None:
    from tokenizers import Tokenizer

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
    kept = weights.load(MODELS / "rank-r1-nano")
    rows = initial.fitted(kept, whole, fewer).model.embed_tokens.weight
    for token in ("[2]", " meaning .31:", tokenizer.STOP):
        assert rows[fewer.token_to_id(token)].equal(kept.model.embed_tokens.weight[whole.token_to_id(token)])


def test_starting_from_nothing_is_named(tmp_path: Path) -> None:
    config = write(tmp_path, 10)
    text = config.read_text(encoding="utf-8").replace("seed = 3", f'seed = 3\nstart_from = "{tmp_path / "none"}"')
    config.write_text(text.replace(NEW, ""), encoding="utf-8")
    with pytest.raises(Problem, match="train that one first"):
        sft.run(config)


def test_a_trace_survives_the_tokenizer(tmp_path: Path) -> None:
    sft.run(write(tmp_path, 10))
    from transformers import AutoTokenizer

    words = AutoTokenizer.from_pretrained(tmp_path / "out" / "model")
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


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("seed = 3", "seed = true"), "does not fit"),
        (("seed = 3", "sede = 3"), "'sede'"),
        (("seed = 3", "seed ="), "not TOML"),
        (("seed = 3", 'seed = 3\nstart_from = "out"'), "one of start_from and [new]"),
        ((NEW, ""), "one of start_from and [new]"),
        (("seed = 3", "seed = 3\ndeepen = [0]"), "[new] and deepen"),
        (("documents = [1, 2]", "documents = 4"), "does not fit"),
        (("tiny/corpus.jsonl", "none/corpus.jsonl"), "none/corpus.jsonl"),
        (("tiny/topics.tsv", "none.tsv"), "none.tsv"),
    ],
)
def test_a_wrong_config_is_named(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    config = write(tmp_path, 10)
    config.write_text(config.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    with pytest.raises(Problem, match=said.replace("[", r"\[")):
        sft.run(config)


def test_a_missing_config_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Problem, match=r"no\.toml"):
        sft.run(Path("no.toml"))


def test_an_estimate_says_what_a_run_takes(tmp_path: Path) -> None:
    said = sft.estimate(write(tmp_path, 10))
    assert "10 steps" in said
    assert "minutes" in said
