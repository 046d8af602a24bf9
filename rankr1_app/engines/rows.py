"""Step all calls of a model in this process at once: each step takes every row on by a token or more.

What a row adds to the key-value cache stands in the columns that `real` marks; the others are padding, or drafts that
were wrong. Positions count real columns only, so that an answer does not depend on what else is in the batch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..errors import Problem
from ..events import Usage
from ..threads import threads
from .drafts import LENGTH, Drafts
from .prefixes import Prefixes
from .protocol import ALTERNATIVES, Chunk, Decoding, Token, likeliest

if TYPE_CHECKING:
    import torch
    from transformers import Cache


@dataclass(eq=False)
class Row:
    """One call: its prompt, what it generated, and where its pieces go. `shared` tokens of the prompt were read before,
    for another one."""

    prompt: list[int]
    decoding: Decoding
    pieces: asyncio.Queue[Chunk | Problem]
    loop: asyncio.AbstractEventLoop
    shared: int = 0
    generated: list[int] = field(default_factory=list)
    decoder: Any = None
    dice: Any = None
    text: str = ""
    dropped: bool = False

    def written(self) -> Sequence[int]:
        """Return the answer's tokens, behind the prompt's last ones where it has but a few."""
        return self.generated if len(self.generated) > LENGTH else self.prompt[-LENGTH:] + self.generated

    def send(self, piece: Chunk | Problem) -> None:
        """Hand a piece to the reader, who lives in an event loop."""
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.pieces.put_nowait, piece)


class Rows:
    """Rows that take their steps together; `widths` says how many columns of the cache are each row's own. Prompts are
    read in `readers` threads, 0 for torch's own choice."""

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        ends: Collection[int],
        drafts: Drafts | None = None,
        prefixes: Prefixes | None = None,
        readers: int = 0,
    ) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.ends = ends
        self.drafts = drafts
        self.prefixes = prefixes
        self.readers = readers
        self.rows: list[Row] = []
        self.widths: list[int] = []
        self.last: list[int] = []
        self.cache: Cache | None = None
        self.real: torch.Tensor | None = None

    def add(self, row: Row) -> None:
        """Read the row's prompt, take its first token, join it to the others."""
        import torch
        from tokenizers.decoders import DecodeStream

        from . import kv

        row.decoder = DecodeStream(skip_special_tokens=True)
        if row.decoding.temperature > 0:
            row.dice = torch.Generator().manual_seed(row.decoding.seed or 0)
        self.rows.append(row)
        fresh, row.shared = self.prefixes.start(row.prompt) if self.prefixes is not None else (kv.empty(), 0)
        unread = torch.tensor([row.prompt[row.shared :]], device=self.model.device)
        with threads(self.readers):
            out = self.model(input_ids=unread, past_key_values=fresh, use_cache=True, logits_to_keep=1)
        if self.prefixes is not None:
            self.prefixes.add(row.prompt, fresh)
        real = torch.ones((1, len(row.prompt)), dtype=torch.bool, device=self.model.device)
        if self.cache is None or self.real is None:
            self.cache, self.real = fresh, real
        else:
            kv.join(self.cache, fresh)
            self.real = torch.cat(kv.padded([self.real, real], 1))
        self.widths.append(len(row.prompt))
        self.last.append(self.take(row, out.logits[0, -1]))
        self.sweep()

    def step(self) -> None:
        """Generate for every row one token, and those after it that its draft has right."""
        import torch

        self.sweep()
        if self.cache is None or self.real is None:
            return
        drafts = [self.draft(row) for row in self.rows]
        ahead = max(map(len, drafts))
        device, length = self.model.device, self.real.shape[1]
        read = [[last, *draft, *[last] * (ahead - len(draft))] for last, draft in zip(self.last, drafts, strict=True)]
        real = torch.nn.functional.pad(self.real, (0, 1 + ahead), value=True)
        ahead_of = torch.arange(1 + ahead, device=device)
        out = self.model(
            input_ids=torch.tensor(read, device=device),
            attention_mask=real.long() if ahead or min(self.widths) < length else None,
            position_ids=torch.tensor(self.widths, device=device)[:, None] + ahead_of,
            past_key_values=self.cache,
            use_cache=True,
        )
        taken = [
            self.follow(row, draft, out.logits[i]) for i, (row, draft) in enumerate(zip(self.rows, drafts, strict=True))
        ]
        real[:, length:] = ahead_of < torch.tensor(taken, device=device)[:, None]
        self.real = real
        self.widths = [width + more for width, more in zip(self.widths, taken, strict=True)]
        self.last = [row.generated[-1] for row in self.rows]

    def draft(self, row: Row) -> list[int]:
        """Return the tokens that may follow the row's last one."""
        room = row.decoding.max_tokens - len(row.generated) - 1
        return self.drafts.after(row.written(), min(LENGTH, room)) if self.drafts is not None else []

    def follow(self, row: Row, draft: Sequence[int], logits: torch.Tensor) -> int:
        """Take tokens as long as the draft is right, return how many; `logits` are (1 + draft, vocabulary)."""
        for place, drafted in enumerate((*draft, None)):
            if self.take(row, logits[place]) != drafted or row.dropped:
                break
        return place + 1

    def take(self, row: Row, logits: torch.Tensor) -> int:
        """Choose the row's next token and send what can be read of it."""
        import torch

        if row.dice is None:
            token = int(logits.argmax())
        else:
            weights = torch.softmax(logits.float().cpu() / row.decoding.temperature, -1)
            token = int(torch.multinomial(weights, 1, generator=row.dice))
        row.generated.append(token)
        if self.drafts is not None:
            self.drafts.learn(row.written())
        ended = token in self.ends
        if not ended or row.decoding.alternatives_after == "":
            text = row.decoder.step(self.tokenizer.backend_tokenizer, token) or ""
            tokens = self.alternatives(row, text, logits)
            row.text += text
            if text or tokens:
                row.send(Chunk(text=text, tokens=tokens))
        if ended or len(row.generated) >= row.decoding.max_tokens:
            row.dropped = True
            usage = Usage(
                prompt_tokens=len(row.prompt), completion_tokens=len(row.generated), cached_tokens=row.shared or None
            )
            row.send(Chunk(finish_reason="stop" if ended else "length", usage=usage))
        return token

    def alternatives(self, row: Row, text: str, logits: torch.Tensor) -> tuple[Token, ...]:
        """Return what could have stood in place of the token just taken, where that is wanted."""
        import torch

        marker = row.decoding.alternatives_after
        before = -1 if marker is None else (row.text + text).find(marker)
        if marker is None or before < 0 or (marker and len(row.text + text) <= before + len(marker)):
            return ()
        scores, ids = torch.log_softmax(logits.float(), -1).topk(min(ALTERNATIVES, logits.shape[-1]))
        texts = [self.tokenizer.decode([number]) for number in ids.tolist()]
        return (Token(len(row.text), text, likeliest(zip(texts, scores.tolist(), strict=True))),)

    def sweep(self) -> None:
        """Let go of rows that ended or that nobody listens to, and of columns that no row needs."""
        from . import kv

        keep = [i for i, row in enumerate(self.rows) if not row.dropped]
        sparse = self.real is not None and self.real.shape[1] > 2 * max(self.widths, default=0)
        if len(keep) == len(self.rows) and not sparse:
            return
        self.rows = [self.rows[i] for i in keep]
        self.widths = [self.widths[i] for i in keep]
        self.last = [self.last[i] for i in keep]
        if not keep:
            self.cache = self.real = None
        elif self.cache is not None and self.real is not None:
            self.real = kv.keep(self.cache, keep, self.real)
