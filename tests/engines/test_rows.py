"""Calls that take their steps together: each says what it would say alone, with and without drafts, until it ends.

The model of these tests continues with a number that depends on every token before it and on its position, so that a
column of another row, one that is missing, or a wrong position would change what is said.
"""

from __future__ import annotations

import asyncio
import itertools
from types import SimpleNamespace
from typing import Any

import pytest

from rankr1_app.engines.drafts import Drafts
from rankr1_app.engines.prefixes import Prefixes
from rankr1_app.engines.protocol import Chunk, Decoding
from rankr1_app.engines.rows import Row, Rows
from rankr1_app.events import Usage

WORDS = 17
END = 0


class Sums:
    """A model whose next token is a sum over all tokens before it, and the position."""

    device = "cpu"

    def __call__(self, input_ids: Any, past_key_values: Any, **how: Any) -> SimpleNamespace:
        import torch

        rows, count = input_ids.shape
        new = input_ids[:, None, :, None].float()
        keys, _ = past_key_values.update(new, new, 0)
        length = keys.shape[2]
        mask = how.get("attention_mask")
        mask = torch.ones(rows, length) if mask is None else mask.float()
        sums = (keys[:, 0, :, 0] * mask).cumsum(1)[:, -count:].long()
        positions = how.get("position_ids")
        positions = torch.arange(length - count, length)[None] if positions is None else positions
        tokens = self.next(sums, positions)
        logits = torch.nn.functional.one_hot(tokens, WORDS).float() * 9
        return SimpleNamespace(logits=logits[:, -1:] if how.get("logits_to_keep") else logits)

    @staticmethod
    def next(sums: Any, positions: Any) -> Any:
        return 1 + (3 * sums + 5 * positions) % (WORDS - 1)


class Counting(Sums):
    """A model that notes in how many threads it was asked to read how many tokens."""

    def __init__(self) -> None:
        self.read: list[tuple[int, int]] = []

    def __call__(self, input_ids: Any, past_key_values: Any, **how: Any) -> SimpleNamespace:
        import torch

        self.read.append((input_ids.shape[1], torch.get_num_threads()))
        return super().__call__(input_ids, past_key_values, **how)


class Short(Sums):
    """A model that repeats a few tokens, so that drafts are often right, and then ends."""

    @staticmethod
    def next(sums: Any, positions: Any) -> Any:
        import torch

        return torch.where(positions + sums % 2 >= 40, END, 1 + positions % 3 + (sums % 7 == 0).long())


def expected(model: Sums, prompt: list[int], most: int) -> list[int]:
    """Return what a model says alone, token by token."""
    import torch

    tokens = list(prompt)
    while len(tokens) < len(prompt) + most:
        token = int(model.next(torch.tensor(sum(tokens)), torch.tensor(len(tokens) - 1)))
        tokens.append(token)
        if token == END:
            break
    return tokens[len(prompt) :]


def tokenizer() -> Any:
    from tokenizers import Tokenizer, decoders, models

    made = Tokenizer(models.WordLevel({f"w{number} ": number for number in range(WORDS)}, unk_token="w0 "))
    made.decoder = decoders.Fuse()
    return SimpleNamespace(backend_tokenizer=made, decode=lambda ids: "".join(f"w{number} " for number in ids))


def batch(model: Sums, drafts: Drafts | None = None, readers: int = 0) -> Rows:
    return Rows(model, tokenizer(), {END}, drafts, readers=readers)


def row(prompt: list[int], most: int = 9, **how: Any) -> Row:
    decoding = Decoding(max_tokens=most, **how)
    return Row(prompt, decoding, asyncio.Queue(), asyncio.get_running_loop())


async def said(call: Row) -> list[Chunk]:
    """Return the pieces that were sent of a call so far."""
    await asyncio.sleep(0)
    return [
        piece for piece in [call.pieces.get_nowait() for _ in range(call.pieces.qsize())] if isinstance(piece, Chunk)
    ]


def run(rows: Rows, calls: list[Row], beginnings: list[int]) -> None:
    """Step until all ended; each call joins after as many steps as it is told."""
    for step in itertools.count():
        for call, begins in zip(calls, beginnings, strict=True):
            if begins == step:
                rows.add(call)
        rows.step()
        if step > max(beginnings) and not rows.rows:
            return
        assert step < 500


PROMPTS = [[1, 2, 3], [4] * 9, [5, 6], [7, 8, 9, 10, 11], [2, 2, 2, 2]]


@pytest.mark.parametrize("model", [Sums(), Short()])
@pytest.mark.parametrize("drafting", [False, True])
@pytest.mark.parametrize("beginnings", [[0, 0, 0, 0, 0], [0, 3, 3, 8, 20], [4, 0, 9, 1, 5]])
async def test_a_call_says_what_it_would_say_alone(model: Sums, drafting: bool, beginnings: list[int]) -> None:
    calls = [row(prompt, most) for prompt, most in zip(PROMPTS, (3, 60, 1, 30, 12), strict=True)]
    run(batch(model, Drafts() if drafting else None), calls, beginnings)
    for call in calls:
        wanted = expected(model, call.prompt, call.decoding.max_tokens)
        assert call.generated == wanted
        pieces = await said(call)
        assert "".join(piece.text for piece in pieces) == "".join(f"w{n} " for n in wanted if n != END)
        assert pieces[-1].finish_reason == ("stop" if wanted[-1] == END else "length")
        assert pieces[-1].usage == Usage(prompt_tokens=len(call.prompt), completion_tokens=len(wanted))
        assert [piece.finish_reason for piece in pieces[:-1]] == [None] * (len(pieces) - 1)


async def test_drafts_make_fewer_steps() -> None:
    counts = []
    for drafts in (None, Drafts()):
        rows, steps = batch(Short(), drafts), 0
        rows.add(row([1, 2, 3], 60))
        while rows.rows:
            rows.step()
            steps += 1
        counts.append(steps)
    assert counts[1] < 0.7 * counts[0]


async def test_a_call_that_nobody_listens_to_leaves_and_the_others_go_on() -> None:
    rows, left, stays = batch(Sums()), row([1, 2, 3], 50), row([4, 5], 50)
    for call in (left, stays):
        rows.add(call)
    for step in range(60):
        left.dropped = left.dropped or step == 10
        rows.step()
        assert len(rows.rows) <= (1 if left.dropped else 2)
    assert len(left.generated) < 20
    assert stays.generated == expected(Sums(), stays.prompt, 50)
    assert (rows.rows, rows.cache, rows.real) == ([], None, None)


async def test_sampling_depends_on_the_seed_alone() -> None:
    async def sampled(seed: int, *others: int) -> list[int]:
        rows, call = batch(Sums()), row([1, 2, 3], 20, temperature=9.0, seed=seed)
        run(rows, [call, *(row([4, 5], 20, temperature=9.0, seed=other) for other in others)], [0] * (1 + len(others)))
        return call.generated

    assert await sampled(1) == await sampled(1) == await sampled(1, 5, 6)
    assert await sampled(1) != await sampled(2)


@pytest.mark.parametrize(("marker", "first"), [("", 0), (None, None), ("the first word", 1)])
async def test_what_could_have_stood_in_place_of_a_token_is_told_after_the_marker(
    marker: str | None, first: int | None
) -> None:
    wanted = expected(Sums(), [1, 2, 3], 6)
    call = row([1, 2, 3], 6, alternatives_after=f"w{wanted[0]} " if marker else marker)
    run(batch(Sums()), [call], [0])
    tokens = [token for piece in await said(call) for token in piece.tokens]
    assert [token.text for token in tokens] == ([] if first is None else [f"w{n} " for n in wanted[first:]])
    for token in tokens:
        assert max(token.alternatives, key=token.alternatives.__getitem__) == token.text
        assert len(token.alternatives) == WORDS


async def test_prompts_that_begin_alike_are_read_once_and_answered_as_alone() -> None:
    """A model of random weights, with attention to all that came before, says which tokens it reads."""
    import torch
    from transformers import AutoModelForCausalLM, Qwen3Config

    torch.manual_seed(7)
    shape = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = Qwen3Config(vocab_size=WORDS, num_key_value_heads=2, head_dim=16, **shape)
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()
    start = [number % WORDS for number in range(60)]
    prompts = [[*start, 1, 2, 3], [*start, 4, 5], [*start[:50], 9], [7] * 40]
    alone, together = ([row(prompt) for prompt in prompts] for _ in range(2))
    with torch.inference_mode():
        for call in alone:
            run(Rows(model, tokenizer(), {END}), [call], [0])
        run(Rows(model, tokenizer(), {END}, None, Prefixes()), together, [0, 0, 3, 20])
    assert [call.generated for call in together] == [call.generated for call in alone]
    assert [call.shared for call in together] == [0, 60, 50, 0]
    assert [(await said(call))[-1].usage.cached_tokens for call in together] == [None, 60, 50, None]  # type: ignore[union-attr]


async def test_prompts_are_read_in_several_threads_and_answers_written_in_one() -> None:
    import torch

    torch.set_num_threads(1)
    model = Counting()
    run(batch(model, readers=2), [row([1, 2, 3], 2)], [0])
    assert model.read == [(3, 2), (1, 1)]
