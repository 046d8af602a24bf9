"""Keys and values of prompts that were read lately, so that what begins alike is read once.

The comparisons of a search share their instructions, and often the documents that stand first.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import Cache

    from .kv import Layer

MEMORY = 256 * 2**20
"""Bytes of keys and values that are held, at most."""
LEAST = 32
"""Tokens that are worth sharing: less is read as quickly."""


class Prefixes:
    """Prompts with their keys and values, those used last held longest."""

    def __init__(self, memory: int = MEMORY) -> None:
        self.memory = memory
        self.prompts: OrderedDict[tuple[int, ...], list[Layer]] = OrderedDict()
        self.bytes = 0

    def start(self, prompt: Sequence[int]) -> tuple[Cache, int]:
        """Return a cache that holds the longest known start of a prompt, and how many tokens that is: less than all,
        since the last one has to be read to be answered."""
        from . import kv

        found = max(self.prompts, key=lambda other: alike(prompt, other), default=())
        shared = min(alike(prompt, found), len(prompt) - 1)
        if shared < LEAST:
            return kv.empty(), 0
        self.prompts.move_to_end(found)
        return kv.start(self.prompts[found], shared), shared

    def add(self, prompt: Sequence[int], cache: Cache) -> None:
        """Hold what was read of a prompt; what was used longest ago makes room for it. One that would take all the room
        is not held: its keys and values are not even copied."""
        from . import kv

        key = tuple(prompt)
        read = kv.beginning(cache.layers, len(key))
        taken = kv.size(read)
        if key in self.prompts or taken > self.memory:
            return
        while self.bytes + taken > self.memory:
            _, old = self.prompts.popitem(last=False)
            self.bytes -= kv.size(old)
        self.prompts[key] = kv.copy(read)
        self.bytes += taken


def alike(one: Sequence[int], other: Sequence[int]) -> int:
    """Return how many tokens two prompts have in common from the start."""
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
