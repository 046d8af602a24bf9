"""The keys and values of running calls in one tensor: rows join and leave, and the tensor grows in place.

`transformers.py` steps all its calls through one such cache. Importing this imports torch and transformers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn.functional import pad
from transformers.cache_utils import Cache, DynamicLayer

ROOM = 256
"""Tokens of room made at once: copying the whole cache for every token costs more than reading it."""


class Layer(DynamicLayer):  # type: ignore[misc]
    """Keys and values of one layer, (rows, heads, length, size): views of stores that have room to grow."""

    keys: torch.Tensor
    values: torch.Tensor
    stores: tuple[torch.Tensor, torch.Tensor] | None = None

    def update(self, keys: torch.Tensor, values: torch.Tensor, *_: Any, **__: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """Append, and return everything so far."""
        if not self.is_initialized:
            self.lazy_initialization(keys, values)
        used = int(self.get_seq_length())
        length = used + keys.shape[2]
        if self.stores is None or self.stores[0].shape[2] < length:
            self.stores = (self.moved(self.keys, keys, used, length), self.moved(self.values, values, used, length))
        for store, new in zip(self.stores, (keys, values), strict=True):
            store[:, :, used:length] = new
        self.keys, self.values = (store[:, :, :length] for store in self.stores)
        return self.keys, self.values

    @staticmethod
    def moved(old: torch.Tensor, new: torch.Tensor, used: int, length: int) -> torch.Tensor:
        """Return a store with room, holding what `old` held."""
        rows, heads, _, size = new.shape
        store = new.new_empty(rows, heads, length + ROOM, size)
        if used:
            store[:, :, :used] = old
        return store

    def replace(self, keys: torch.Tensor, values: torch.Tensor) -> None:
        """Hold other tensors from now on."""
        self.keys, self.values, self.stores = keys, values, None


def empty() -> Cache:
    """Return a cache of no rows."""
    return Cache(layer_class_to_replicate=Layer)


def start(layers: Sequence[Layer], length: int) -> Cache:
    """Return a cache of one row that begins with the first `length` tokens of `layers`, which stay as they are."""
    cache = empty()
    cache.layers += beginning(layers, length)
    return cache


def beginning(layers: Sequence[Layer], length: int) -> list[Layer]:
    """Return the first `length` tokens of layers, as views."""
    found = []
    for old in layers:
        layer = Layer()
        layer.lazy_initialization(old.keys, old.values)
        layer.replace(old.keys[:, :, :length], old.values[:, :, :length])
        found.append(layer)
    return found


def copy(layers: Sequence[Layer]) -> list[Layer]:
    """Return layers in tensors of their own."""
    for layer in layers:
        layer.replace(layer.keys.clone(), layer.values.clone())
    return list(layers)


def size(layers: Sequence[Layer]) -> int:
    """Return the bytes of all keys and values."""
    return sum(int(layer.keys.nbytes + layer.values.nbytes) for layer in layers)


def padded(tensors: Sequence[torch.Tensor], dim: int) -> list[torch.Tensor]:
    """Return the tensors as long as the longest in a dimension, the shorter with zeros before them."""
    length = max(tensor.shape[dim] for tensor in tensors)
    after = [0] * (2 * (tensors[0].dim() - 1 - dim))
    return [pad(tensor, (*after, length - tensor.shape[dim], 0)) for tensor in tensors]


def join(many: Cache, one: Cache) -> None:
    """Let the rows of `one` join `many`: the shorter are padded on the left."""
    for layer, other in zip(many.layers, one.layers, strict=True):
        pairs = ((layer.keys, other.keys), (layer.values, other.values))
        layer.replace(*(torch.cat(padded(pair, 2)) for pair in pairs))


def keep(cache: Cache, rows: Sequence[int], real: torch.Tensor) -> torch.Tensor:
    """Keep these rows only, and of each the columns marked in `real`, (rows, columns), as far to the right as they go.
    Return what is real among the columns that are left."""
    real = real[list(rows)]
    width = int(real.sum(1).max())
    order = real.int().argsort(dim=1, stable=True)[:, -width:]
    for layer in cache.layers:
        shape = (-1, layer.keys.shape[1], -1, layer.keys.shape[3])
        layer.replace(
            *(part[list(rows)].gather(2, order[:, None, :, None].expand(shape)) for part in (layer.keys, layer.values))
        )
    return real.gather(1, order)
