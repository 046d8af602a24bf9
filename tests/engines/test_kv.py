"""Keys and values of running calls in one tensor: rows grow, join and leave, and nothing of another row is in them."""

from __future__ import annotations

from typing import Any

import pytest

ROWS, HEADS, SIZE = 2, 3, 4


def tensor(rows: int, length: int, start: float = 0.0) -> Any:
    """Return keys or values that are all different."""
    import torch

    shape = (rows, HEADS, length, SIZE)
    return start + torch.arange(rows * HEADS * length * SIZE, dtype=torch.float32).reshape(shape)


def filled(rows: int, length: int, start: float = 0.0) -> Any:
    """Return a cache of two layers that hold something."""
    from rankr1_app.engines import kv

    cache = kv.empty()
    for layer in range(2):
        cache.update(tensor(rows, length, start + 1000 * layer), tensor(rows, length, -start - 1000 * layer), layer)
    return cache


@pytest.mark.parametrize("steps", [[3, 1, 1], [1] * 5, [255, 1, 1, 1], [600, 1]])
def test_what_is_added_is_kept_as_it_was(steps: list[int]) -> None:
    import torch

    from rankr1_app.engines import kv

    cache, whole = kv.empty(), tensor(ROWS, sum(steps))
    at = 0
    for step in steps:
        piece = whole[:, :, at : at + step]
        keys, values = cache.update(piece, -piece, 0)
        at += step
        assert torch.equal(keys, whole[:, :, :at])
        assert torch.equal(values, -whole[:, :, :at])
    assert cache.get_seq_length() == sum(steps)


def test_room_is_made_for_many_tokens_at_once() -> None:
    from rankr1_app.engines import kv

    cache = filled(ROWS, 5)
    store = cache.layers[0].stores[0]
    for _ in range(kv.ROOM):
        cache.update(tensor(ROWS, 1), tensor(ROWS, 1), 0)
        assert cache.layers[0].stores[0] is store
    cache.update(tensor(ROWS, 1), tensor(ROWS, 1), 0)
    assert cache.layers[0].stores[0] is not store


@pytest.mark.parametrize(("many", "one"), [(5, 2), (2, 5), (3, 3)])
def test_rows_that_join_are_padded_on_the_left(many: int, one: int) -> None:
    import torch

    from rankr1_app.engines import kv

    first, second = filled(2, many), filled(1, one, 500.0)
    kv.join(first, second)
    for number, layer in enumerate(first.layers):
        assert layer.keys.shape == (3, HEADS, max(many, one), SIZE)
        assert torch.equal(layer.keys[:2, :, -many:], tensor(2, many, 1000.0 * number))
        assert torch.equal(layer.values[2:, :, -one:], tensor(1, one, -500.0 - 1000 * number))
        assert not layer.keys[:2, :, :-many].any()
        assert not layer.keys[2:, :, :-one].any()


def test_rows_that_stay_keep_their_columns_and_no_others() -> None:
    import torch

    from rankr1_app.engines import kv

    cache, before = filled(3, 5), filled(3, 5)
    real = torch.tensor([[0, 1, 1, 0, 1], [1, 1, 1, 1, 1], [0, 0, 1, 0, 1]], dtype=torch.bool)
    left = kv.keep(cache, [2, 0], real)
    assert left.tolist() == [[False, True, True], [True, True, True]]
    for layer, old in zip(cache.layers, before.layers, strict=True):
        assert torch.equal(layer.keys[1], old.keys[0][:, [1, 2, 4]])
        assert torch.equal(layer.values[0][:, 1:], old.values[2][:, [2, 4]])
    keys, _ = cache.update(tensor(2, 1), tensor(2, 1), 0)
    assert keys.shape[2] == 4, "it goes on where it is"


def test_tensors_are_made_as_long_as_the_longest() -> None:
    import torch

    from rankr1_app.engines import kv

    short, long = torch.ones(1, 2), torch.ones(1, 4)
    assert [each.tolist() for each in kv.padded([short, long], 1)] == [[[0, 0, 1, 1]], [[1, 1, 1, 1]]]
    assert [each.shape[0] for each in kv.padded([torch.ones(1, 2), torch.ones(3, 2)], 0)] == [3, 3]
