"""Keys and values of prompts that were read: how much of one is known, what is held, and what makes room."""

from __future__ import annotations

from typing import Any

import pytest

from rankr1_app.engines.prefixes import LEAST, Prefixes, alike

from .test_kv import HEADS, SIZE, filled


def prompt(*parts: int) -> list[int]:
    """Return a prompt of so many tokens of each kind."""
    return [kind for kind, tokens in enumerate(parts) for _ in range(tokens)]


def read(prefixes: Prefixes, tokens: list[int], start: float = 0.0) -> Any:
    """Hold a prompt as if a model had read it; a token of the answer is there already. Return its cache."""
    cache = filled(1, len(tokens) + 1, start)
    prefixes.add(tokens, cache)
    return cache


def test_the_longest_common_start_is_taken() -> None:
    import torch

    prefixes = Prefixes()
    read(prefixes, prompt(40, 10))
    other = read(prefixes, prompt(40, 20, 5), start=7.0)
    cache, shared = prefixes.start(prompt(40, 15, 9))
    assert shared == cache.get_seq_length() == 55
    for layer, old in zip(cache.layers, other.layers, strict=True):
        assert torch.equal(layer.keys, old.keys[:, :, :55])
        assert torch.equal(layer.values, old.values[:, :, :55])


def test_the_last_token_is_always_read() -> None:
    prefixes = Prefixes()
    read(prefixes, prompt(50))
    assert prefixes.start(prompt(50))[1] == 49
    assert prefixes.start(prompt(45))[1] == 44


@pytest.mark.parametrize("tokens", [prompt(LEAST - 1, 90), prompt(0, 90), prompt(1)])
def test_what_shares_little_begins_with_nothing(tokens: list[int]) -> None:
    prefixes = Prefixes()
    assert prefixes.start(tokens)[1] == 0
    read(prefixes, prompt(90))
    cache, shared = prefixes.start(tokens)
    assert (shared, cache.get_seq_length()) == (0, 0)


def test_going_on_from_a_start_leaves_it_as_it_was() -> None:
    import torch

    prefixes = Prefixes()
    read(prefixes, prompt(50))
    before = [layer.keys.clone() for layer in prefixes.start(prompt(50, 9))[0].layers]
    cache, _ = prefixes.start(prompt(50, 9))
    for layer in range(2):
        cache.update(torch.ones(1, HEADS, 9, SIZE), torch.ones(1, HEADS, 9, SIZE), layer)
    cache.layers[0].keys[:] = 0
    assert all(
        torch.equal(layer.keys, old) for layer, old in zip(prefixes.start(prompt(50, 9))[0].layers, before, strict=True)
    )


def test_what_is_held_is_not_that_of_the_call() -> None:
    prefixes = Prefixes()
    cache = read(prefixes, prompt(50))
    for layer in cache.layers:
        layer.keys[:] = 0
        layer.values[:] = 0
    (held,) = prefixes.prompts.values()
    assert all(layer.keys.any() and layer.values.any() for layer in held)


def test_what_was_used_longest_ago_makes_room() -> None:
    """Each prompt of 50 takes 2 layers of keys and values of 50 tokens, 4 bytes a number."""
    bytes_of_one = 2 * 2 * 50 * HEADS * SIZE * 4
    prefixes = Prefixes(memory=2 * bytes_of_one)
    first, second, third = prompt(50), prompt(0, 50), prompt(0, 0, 50)
    read(prefixes, first)
    read(prefixes, second)
    prefixes.start(first)
    read(prefixes, third)
    assert [prefixes.start(each)[1] for each in (first, second, third)] == [49, 0, 49]
    assert prefixes.bytes == 2 * bytes_of_one
    read(prefixes, prompt(0, 0, 0, 500))
    assert (prefixes.bytes, len(prefixes.prompts)) == (2 * bytes_of_one, 2), "what takes all the room is not held"


def test_a_prompt_is_held_once() -> None:
    prefixes = Prefixes()
    read(prefixes, prompt(50))
    held = prefixes.bytes
    read(prefixes, prompt(50))
    assert prefixes.bytes == held


def test_tokens_are_alike_up_to_the_first_that_differs() -> None:
    assert [alike([1, 2, 3], other) for other in ([1, 2, 3], [1, 2], [1, 9, 3], [], [1, 2, 3, 4])] == [3, 2, 1, 0, 3]
