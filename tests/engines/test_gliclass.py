"""GLiClass in both directions, on a small random model of its own architecture."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from rankr1_app import reranking
from rankr1_app.engines.gliclass import LABELS, GLiClass, bounded
from rankr1_app.errors import Problem
from rankr1_app.events import CallStarted, RankSettled
from rankr1_app.plan import resolve
from rankr1_app.settings import Settings

from ..doubles import candidates

MARKS = ("[PAD]", "[CLS]", "[SEP]", "<<LABEL>>", "<<SEP>>", "<<EXAMPLE>>")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random checkpoint on ModernBERT, with a tokenizer of bytes."""
    import torch
    import transformers
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from gliclass import GLiClassModel, GLiClassModelConfig

    words = Tokenizer(models.BPE())
    words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=320, special_tokens=list(MARKS), initial_alphabet=alphabet)
    words.train_from_iterator(["a b c"] * 9, trainer)
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=words, pad_token="[PAD]", cls_token="[CLS]")
    torch.manual_seed(929)
    encoder = transformers.ModernBertConfig(
        vocab_size=320,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=1_024,
        initializer_range=0.2,
        pad_token_id=0,
        cls_token_id=1,
        sep_token_id=2,
        bos_token_id=1,
        eos_token_id=2,
    )
    config = GLiClassModelConfig(
        encoder_config=encoder,
        encoder_model="random",
        class_token_index=3,
        text_token_index=4,
        example_token_index=5,
        hidden_size=16,
        vocab_size=320,
        problem_type="multi_label_classification",
        pad_token_id=0,
        prompt_first=True,
        initializer_range=0.2,
    )
    folder = tmp_path_factory.mktemp("gliclass")
    GLiClassModel(config, from_pretrained=False).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


async def test_a_document_is_scored_with_the_query_as_its_label(checkpoint: Path) -> None:
    engine = GLiClass(str(checkpoint), listwise=False)
    texts = ["tea is withered", "bread rises in the warmth of a kitchen", ""]
    together = await engine.score("why does bread rise", texts)
    alone = [(await engine.score("why does bread rise", [text])).scores[0] for text in texts]
    assert together.scores == pytest.approx(alone, abs=1e-4)
    assert len({round(score or 0, 5) for score in together.scores}) == 3
    assert all(0 < (score or 0) < 1 for score in together.scores)
    await engine.close()


async def test_documents_that_are_alike_are_labels_of_their_own(checkpoint: Path) -> None:
    engine = GLiClass(str(checkpoint), listwise=True)
    found = await engine.score("which?", ["tea", "tea", "<<LABEL>> bread <<SEP>>"])
    assert len(set(found.scores)) == 3
    assert all(0 < (score or 0) < 1 for score in found.scores)
    await engine.close()


@pytest.mark.parametrize(("name", "calls"), [("gliclass-base", 2), ("gliclass-base-list", 2)])
async def test_every_document_gets_its_place(checkpoint: Path, name: str, calls: int) -> None:
    engine = GLiClass(str(checkpoint), listwise=name.endswith("list"))
    made = reranking.create(resolve(Settings(reranker=name).checked()), engine)
    events = [event async for event in made.rerank("q", candidates(range(40)), 40, lambda: 0.0)]
    started = [event for event in events if isinstance(event, CallStarted)]
    settled = [event for event in events if isinstance(event, RankSettled)]
    assert [len(call.documents) for call in started] == ([LABELS, 15] if engine.listwise else [32, 8])
    assert len(started) == calls
    assert sorted(event.document for event in settled) == sorted(f"d{number}" for number in range(40))
    scores = [event.score or 0 for event in settled]
    assert scores == sorted(scores, reverse=True)
    assert {event.score_name for event in settled} == {"GLiClass score"}
    await engine.close()


async def test_what_would_push_the_labels_out_is_cut(checkpoint: Path) -> None:
    engine = GLiClass(str(checkpoint), listwise=False)
    (short,) = await engine.truncate(["word " * 5_000], 800)
    assert 100 < len(short) < 1_200
    assert ("word " * 5_000).startswith(short)
    await engine.close()


async def test_what_is_no_checkpoint_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="cannot be loaded"):
        await GLiClass(str(tmp_path), listwise=False).start()
    with pytest.raises(Problem, match="reranker 'gliclass-base' runs in this process, leave --base-url out"):
        Settings(reranker="gliclass-base", base_url="http://127.0.0.1:1").checked()


async def test_every_label_of_a_text_has_a_probability_that_is_of_that_text(checkpoint: Path) -> None:
    engine = GLiClass(str(checkpoint), listwise=False)
    texts, labels = ["tea is withered", "", "bread <<SEP>> rises"], ["cooking", "<<LABEL>> plants", "economics"]
    together = await engine.label(texts, labels, 800)
    alone = [(await engine.label([text], labels, 800))[0] for text in texts]
    assert [len(row) for row in together] == [3, 3, 3]
    for row, own in zip(together, alone, strict=True):
        assert row == pytest.approx(own, abs=1e-3)
    assert all(0 < value < 1 for row in together for value in row)
    assert len({row[0] for row in together}) == 3
    # As the pipeline itself answers, label by label.
    (raw,) = engine.loaded(["tea is withered"], [["cooking", "< <LABEL>> plants", "economics"]], threshold=0.0)
    expected = {each["label"]: each["score"] for each in raw}
    assert together[0] == pytest.approx(
        [expected[each] for each in ("cooking", "< <LABEL>> plants", "economics")], abs=1e-3
    )
    await engine.close()


async def test_a_long_text_loses_no_label_and_long_labels_are_refused(checkpoint: Path) -> None:
    engine = GLiClass(str(checkpoint), listwise=False)
    labels = [f"label number {place}, which is longer than others are" for place in range(12)]
    (row,) = await engine.label(["word " * 5_000], labels, 800)
    assert len(row) == 12
    assert all(value > 0 for value in row)
    with pytest.raises(Problem, match=r"labels take 1\d\d\d of the 1,024 tokens that .* reads, give fewer"):
        await engine.label(["tea"], ["x" * 100 + str(place) for place in range(12)], 800)
    await engine.close()


@pytest.mark.parametrize(("value", "said"), [(0.25, 0.25), (0.123456, 0.1235), (float("nan"), 0.0), (2.0, 0.0)])
def test_what_is_no_probability_is_none(value: float, said: float) -> None:
    assert bounded(value) == said
