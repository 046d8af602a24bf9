"""Guesses at an answer's next tokens, from what followed the same tokens before: in this answer and in earlier ones.

The model checks a draft in one step, as many tokens as are right are taken at once, and what it writes stays what it
would have written alone (prompt lookup decoding; Saxena, 2023, https://github.com/apoorvumang/prompt-lookup-decoding).
"""

from __future__ import annotations

from collections.abc import Sequence

LENGTH = 5
"""Most tokens of a draft."""
CONTEXTS = (4, 3, 2, 1)
"""Numbers of tokens that are looked up, the most first."""
MOST = 100_000
"""Contexts that are kept in memory; with more they are forgotten and gathered anew."""


class Drafts:
    """A table of what followed every few tokens, when they were written last."""

    def __init__(self) -> None:
        self.next: dict[tuple[int, ...], int] = {}

    def learn(self, written: Sequence[int]) -> None:
        """Remember the last token of `written` as what follows those before it."""
        if len(self.next) > MOST:
            self.next.clear()
        for size in CONTEXTS:
            if len(written) > size:
                self.next[tuple(written[-size - 1 : -1])] = written[-1]

    def after(self, written: Sequence[int], length: int = LENGTH) -> list[int]:
        """Return at most `length` tokens that may follow; none where nothing like it was written before."""
        tail = list(written[-CONTEXTS[0] :])
        draft: list[int] = []
        while len(draft) < length:
            found = next((self.next[key] for size in CONTEXTS if (key := tuple(tail[-size:])) in self.next), None)
            if found is None:
                break
            draft.append(found)
            tail = [*tail[1 - CONTEXTS[0] :], found]
        return draft
