"""The weights a network begins with: random, in the little order that makes looking words up learnable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from ..errors import Problem
from . import tokenizer, traces, weighed
from .model import LABEL, PHRASE, WORD, Attention, Mlp, Network, rotate

if TYPE_CHECKING:
    from tokenizers import Tokenizer

AWAY = 0.4


LABEL_GAIN = 3.0


def initialise(network: Network, kinds: Sequence[int], *, embedding_std: float) -> None:
    """Set random weights with the little order that makes looking words up learnable in minutes.

    `kinds` holds one of `WORD` to `PHRASE` per token. Embeddings are random, so that any two words differ, plus a
    direction that all share (what attention by position alone needs) and one per kind. Queries and keys start alike,
    so that equal words attend to each other, and values are written back as they were read (after Trockman and
    Kolter, "Mimetic initialization", 2023). In the first layer one head starts by looking at the token before and
    one at the nearest label before; in the second, one head compares what those two brought. The rest is learnt.
    """
    shape = network.shape
    pairs = torch.arange(shape.head // 2)
    with torch.no_grad():
        table = network.model.embed_tokens.weight
        nn.init.normal_(table, std=embedding_std)
        shared = torch.randn(shape.hidden) * embedding_std * 0.7
        marks = torch.randn(PHRASE + 1, shape.hidden) * embedding_std * 0.7
        marks[WORD] = 0
        table[: len(kinds)] += marks[torch.tensor(kinds)]
        table += shared
        brought = torch.empty(0)
        for number, layer in enumerate(network.model.blocks()):
            attention = layer.self_attn
            alike = nn.init.orthogonal_(torch.empty(shape.hidden, shape.hidden))
            if number == 1:
                alike[: shape.head] = brought[: shape.head]
                alike[shape.head : 2 * shape.head : 2] = brought[shape.head : 2 * shape.head : 2]
            match_alike(attention, alike)
            copied = attention.v_proj.weight.clone()
            attention.o_proj.weight.copy_(0.25 * copied.T)
            if number > 0:
                for head in range(shape.heads):
                    look_away(attention, head, shared, (pairs < shape.head // 10).float())
            silence(layer.mlp)
            if number == 0:
                brought = copied
                attention.o_proj.weight[:, shape.head : 2 * shape.head] *= LABEL_GAIN
                look_back(attention, 0, shared, shared, torch.exp(-pairs / 2), back=1)
                look_back(attention, 1, shared, marks[LABEL], ((pairs > 7) & (pairs < 12)).float(), back=0)
        nn.init.constant_(network.model.norm.weight, 1 / (embedding_std * shape.hidden**0.5))


def deepen(network: Network, after: Sequence[int]) -> Network:
    """Return the network with a new block behind each of the blocks `after`, counted from 0. The new ones add nothing
    at first, so that it says what it said (after Chen and others, "Net2Net", 2016); queries and keys start alike.
    Raises `Problem` for a block that it does not have."""
    present = network.model.blocks()
    if strange := [number for number in after if number not in range(len(present))]:
        raise Problem(f"there is no block {strange[0]} to put one behind; blocks are 0 to {len(present) - 1}")
    deeper = Network(replace(network.shape, layers=len(present) + len(after)))
    deeper.model.embed_tokens.load_state_dict(network.model.embed_tokens.state_dict())
    deeper.model.norm.load_state_dict(network.model.norm.state_dict())
    blocks = iter(deeper.model.blocks())
    with torch.no_grad():
        for number, block in enumerate(present):
            next(blocks).load_state_dict(block.state_dict())
            for _ in range(after.count(number)):
                new = next(blocks)
                match_alike(new.self_attn, nn.init.orthogonal_(torch.empty(network.shape.hidden, network.shape.hidden)))
                nn.init.zeros_(new.self_attn.o_proj.weight)
                silence(new.mlp)
    return deeper


def match_alike(attention: Attention, alike: Tensor) -> None:
    """Initialise query and key alike, by the directions `alike`, so that equal tokens attend to each other; values
    bring what a token is."""
    shape = attention.shape
    # Pairs that turn fast say little about a word far away: matching by content starts in the slow ones.
    slow = torch.where(torch.arange(shape.head // 2) < shape.head // 5, 0.2, 1.0).repeat(2)[:, None]
    noise = 0.3 * shape.hidden**-0.5
    for weight in (attention.q_proj.weight, attention.k_proj.weight):
        weight.copy_(alike[: weight.shape[0]] + noise * torch.randn_like(weight))
        weight.mul_(slow.repeat(shape.heads, 1))
    nn.init.orthogonal_(attention.v_proj.weight)
    for norm in (attention.q_norm, attention.k_norm):
        nn.init.constant_(norm.weight, 1.5)


def silence(mlp: Mlp) -> None:
    """Zero the output projection, so that a new block is the identity."""
    for weight in (mlp.gate_proj.weight, mlp.up_proj.weight):
        nn.init.normal_(weight, std=weight.shape[1] ** -0.5)
    nn.init.zeros_(mlp.down_proj.weight)


def look_back(attention: Attention, head: int, asks: Tensor, has: Tensor, pairs: Tensor, *, back: int) -> None:
    """Let a head start by looking for tokens that hold the direction `has`, best `back` positions ago.

    `asks` is a direction that every token holds; `pairs` says how much each rotary pair counts.
    """
    shape = attention.shape
    rows = slice(head * shape.head, (head + 1) * shape.head)
    key = torch.randn(shape.head) * pairs.repeat(2)
    angle = (-back / shape.theta ** (torch.arange(0, shape.head, 2) / shape.head)).repeat(2)
    query = rotate(key, angle.cos(), angle.sin())
    for weight, sought, by in ((attention.k_proj.weight, has, key), (attention.q_proj.weight, asks, query)):
        weight[rows] = torch.outer(by, sought / sought.norm()) + 0.02 * torch.randn(shape.head, shape.hidden)


def look_away(attention: Attention, head: int, asks: Tensor, pairs: Tensor) -> None:
    """Let a head pass over the token itself and its neighbours, which always match best and say nothing new."""
    size = attention.shape.head
    rows = torch.arange(size)[pairs.repeat(2) > 0]
    key = torch.randn(len(rows))
    away = torch.outer(AWAY * key / key.norm(), asks / asks.norm())
    attention.k_proj.weight[rows + head * size] = away
    attention.q_proj.weight[rows + head * size] = -away


def fitted(network: Network, before: Tokenizer, words: Tokenizer) -> Network:
    """Return the network with a row for each token of `words`, which was made of its tokenizer `before`."""
    made = Network(replace(network.shape, vocab=-(-words.get_vocab_size() // 64) * 64))
    state = network.state_dict()
    old = state["model.embed_tokens.weight"]
    table = made.model.embed_tokens.weight.detach().clone()
    for token, number in words.get_vocab().items():
        if (rows := before.token_to_id(token)) is not None:
            table[number] = old[rows]
    if new := sorted(set(words.get_vocab()) - set(before.get_vocab())):
        begin(table, words, new)
    state["model.embed_tokens.weight"] = table
    made.load_state_dict(state)
    return made


def begin(table: Tensor, words: Tokenizer, new: Sequence[str]) -> None:
    """Set the rows of `new` phrases near those that the network knows, which take the place of these; the scores of one
    kind lie on a smooth path, so that near ones are alike."""
    rows = table[[words.token_to_id(phrase) for phrase in tokenizer.phrases()]]
    middle = rows.mean(0)
    spread = float((rows - middle).std())
    for phrase in new:
        table[words.token_to_id(phrase)] = middle + spread * torch.randn_like(middle)
    for phrase, like in ((weighed.THERE, traces.there), (weighed.EARLY, traces.early)):
        every = [words.token_to_id(like(count)) for count in range(1, 2 * traces.MOST_WORDS + 1)]
        table[words.token_to_id(phrase)] += table[every].mean(0) - middle
        # Else what the new trace never says would always be a little likelier than the mean of it.
        table[every] = 0
    for phrases in (weighed.words, weighed.meaning):
        path = smooth(len(middle)) * spread
        own = middle + spread * torch.randn_like(middle)
        for value in range(101):
            if (number := words.token_to_id(phrases(value))) is not None:
                table[number] = own + path[value]


def smooth(width: int) -> Tensor:
    """Return 101 vectors of `width` along a path: random directions times waves that are slow to fast, each vector's
    entries of variance 1 or so."""
    waves = torch.tensor([0.25, 0.5, 1.0, 2.0, 4.0, 8.0])
    at = torch.linspace(0, 1, 101)[:, None]
    turned = torch.cat(((2 * torch.pi * at * waves).cos(), (2 * torch.pi * at * waves).sin()), 1)
    line = 2 * (at - 0.5) * 12**0.5 / 2
    features = torch.cat((turned, line, line), 1)
    path: Tensor = features @ torch.randn(features.shape[1], width) / (features.shape[1] / 2) ** 0.5
    return path
