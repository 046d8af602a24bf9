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


def join(many: Cache, one: Cache) -> None:
    """Let the rows of `one` join `many`: the shorter are padded on the left."""
    for layer, other in zip(many.layers, one.layers, strict=True):
        length = max(layer.keys.shape[2], other.keys.shape[2])
        layer.replace(
            *(
                torch.cat([pad(part, (0, 0, length - part.shape[2], 0)) for part in pair])
                for pair in ((layer.keys, other.keys), (layer.values, other.values))
            )
        )


def keep(cache: Cache, rows: Sequence[int], length: int) -> None:
    """Keep these rows only, and the last `length` positions."""
    for layer in cache.layers:
        start = layer.keys.shape[2] - length
        layer.replace(layer.keys[list(rows), :, start:], layer.values[list(rows), :, start:])
