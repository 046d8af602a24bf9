"""Examples as token ids, as many as fit into one step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from . import chat, examples, tokenizer, traces, weighed
from .pools import Pool

if TYPE_CHECKING:
    from tokenizers import Tokenizer


@dataclass
class TrainingBatch:
    """Token ids (batch, length), which positions are followed by a token to learn, which of these by one of the words
    asked, and against which others."""

    ids: Tensor
    learn: Tensor
    naming: Tensor
    whole_vocabulary: bool

    def on(self, device: str) -> TrainingBatch:
        """Return the same on a device."""
        ids, learn, naming = (each.to(device) for each in (self.ids, self.learn, self.naming))
        return replace(self, ids=ids, learn=learn, naming=naming)


def draw(
    pool: Pool,
    words: Tokenizer,
    rng: Random,
    setting: examples.Setting,
    most: int,
    *,
    whole_vocabulary: bool,
    is_weighed: bool = False,
) -> TrainingBatch:
    """Return examples of one setting, so that their lengths are alike; together no more than `most` tokens, but one at
    least."""
    rows: list[tuple[list[int], int, examples.Example]] = []
    longest = 0
    while True:
        example = examples.draw(pool, rng, setting, is_weighed=is_weighed)
        row = encode(words, example)
        longest = max(longest, len(row[0]))
        if rows and longest * (len(rows) + 1) > most:
            break
        rows.append((*row, example))
    longest = max(len(ids) for ids, *_ in rows)
    pad = tokenizer.id_of(words, tokenizer.PAD)
    ids = torch.full((len(rows), longest), pad)
    learn = torch.zeros((len(rows), longest), dtype=torch.bool)
    naming = torch.zeros_like(learn)
    for place, (row_ids, start, example) in enumerate(rows):
        ids[place, : len(row_ids)] = torch.tensor(row_ids)
        learn[place, start - 1 : len(row_ids) - 1] = True
        names = names_in(words, row_ids, start)
        naming[place, start - 1 : names[-1].stop] = True
        strays = beyond_end(words, row_ids, names[-1].stop, example)
        for slip in (*(names[number] for number in example.wrong), *strays):
            learn[place, slip.start - 1 : slip.stop - 1] = False
            naming[place, slip.start - 1 : slip.stop - 1] = False
    return TrainingBatch(ids, learn, naming, whole_vocabulary)


def names_in(words: Tokenizer, ids: list[int], start: int) -> list[range]:
    """Return where each word stands that the trace, which begins at `start`, says is asked about."""
    first = ids.index(tokenizer.id_of(words, traces.ASKS), start) + 1
    ends = {words.token_to_id(each) for each in (traces.EACH, weighed.EACH)}
    end = next(at for at in range(first, len(ids)) if ids[at] in ends)
    comma = tokenizer.id_of(words, tokenizer.COMMA)
    cuts = [at for at in range(first, end) if ids[at] == comma]
    return [range(a, b) for a, b in zip([first, *(at + 1 for at in cuts)], [*cuts, end], strict=True)]


def beyond_end(words: Tokenizer, ids: list[int], start: int, example: examples.Example) -> list[range]:
    """Return where, in the lines behind `start`, each word stands that a line says after it should have ended."""
    if not example.beyond:
        return []
    claims = {tokenizer.id_of(words, phrase) for phrase in traces.decisions()}
    labels = {tokenizer.id_of(words, traces.label(place)) for place in range(len(example.documents))}
    lines: list[list[range]] = []
    first = start
    for at in range(start, ids.index(tokenizer.id_of(words, traces.BEST), start)):
        if ids[at] in labels:
            lines.append([])
        elif ids[at] in claims:
            lines[-1].append(range(first, at))
        else:
            continue
        first = at + 1
    return [word for place, ending in example.beyond.items() for word in lines[place][-len(ending) :]]


def encode(words: Tokenizer, example: examples.Example) -> tuple[list[int], int]:
    """Return token ids of the chat, the trace and the stop token, and where the trace begins."""
    prompt = words.encode(chat.chat(example.query, example.documents, example.scores)).ids
    return [*prompt, *words.encode(example.trace).ids, tokenizer.id_of(words, tokenizer.STOP)], len(prompt)
