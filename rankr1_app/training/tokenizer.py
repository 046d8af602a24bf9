"""The tokenizer of `rank-r1-nano`: one word, one token, whatever stands around it.

Text is lower-cased, every word begins with a space and ends with a mark that is not written, so that the same word is
the same token in the query, in a document and in the trace, and no token of a whole word is a part of another one. A
word that is no token is cut into pieces by byte-pair encoding. The labels, the phrases of the trace and the fixed text
of the v0.2 prompt are tokens too: the model then reads about a thousand tokens for ten documents of a hundred words.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Problem, shown
from . import chat, traces, weighed

if TYPE_CHECKING:
    from tokenizers import Tokenizer

START, STOP, PAD = "<|im_start|>", "<|im_end|>", "<|endoftext|>"
PIECES = 4000
MOST = 19_520
"""Tokens of the whole: their embeddings, 256 numbers of two bytes each, are a file of less than 10 MB."""
MARK_OF_END = "\x1f"
"""Stands at the end of every word, inside the tokenizer only."""
MARK_OF_END_AS_BYTE = "ğ"
"""The same as byte-level pieces show it."""
COMMA = "Ġ,"
PLAIN = (("[‘’ʼ′`]", "'"), ("[“”„«»″]", '"'), ("[‐‑‒–—−]", "-"), (r"[^\p{L}\p{N}\s\x00-\x7f]", "."))
"""Marks that few texts have are read as those that all have, so that the model has seen what it reads: what letters
and digits a word is of does not change."""
CHAT_TEMPLATE = (
    "{%- for message in messages -%}"
    "{{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{ '<|im_start|>assistant\\n' }}{%- endif -%}"
)


def phrases() -> list[str]:
    """Return the strings that are one token each: labels, phrases of the trace, fixed text of the prompt."""
    counts = range(2 * traces.MOST_WORDS + 1)
    return [
        *(traces.label(place) for place in range(traces.MOST_DOCUMENTS)),
        *(traces.OPEN, "</think>", "<answer>", traces.CLOSE, traces.END),
        *(traces.ASKS, traces.EACH, traces.MISSING, traces.BEST),
        *(phrase(count) for phrase in (traces.there, traces.early) for count in counts[1:]),
        *(phrase(count) for phrase in (traces.so, traces.tally) for count in counts),
        *chat.fixed(chat.PROMPT),
    ]


def weighed_phrases() -> list[str]:
    """Return the strings that a tokenizer for the prompt that carries scores has besides: `extended`."""
    return [*weighed.phrases(), *chat.fixed(chat.WEIGHED)]


def extended(tokenizer: Tokenizer) -> Tokenizer:
    """Return the same with what the prompt that carries scores and its trace need as tokens of their own, and without
    the rarest words that would make it more than `MOST`."""
    from tokenizers import AddedToken

    tokenizer.add_tokens([AddedToken(phrase, normalized=False) for phrase in weighed_phrases()])
    return without_rarest(tokenizer, max(0, tokenizer.get_vocab_size() - MOST))


def without_rarest(tokenizer: Tokenizer, many: int) -> Tokenizer:
    """Return the same without its `many` rarest words, which are then cut into pieces."""
    from tokenizers import Tokenizer

    made = json.loads(tokenizer.to_str())
    words = made["model"]["vocab"]
    size = len(words) - many
    made["model"]["vocab"] = {word: number for word, number in words.items() if number < size}
    for added in made["added_tokens"]:
        added["id"] -= many
    return Tokenizer.from_str(json.dumps(made))


def train(texts: Iterable[str], size: int) -> Tokenizer:
    """Return a tokenizer of at most `PIECES` byte-level pieces learnt from `texts`, their most frequent words up to
    `size` together, and the phrases and special tokens after them."""
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    ends = normalizers.Replace(Regex(r"(?<=[\p{L}\p{N}])(?![\p{L}\p{N}])"), MARK_OF_END)
    plain = [normalizers.Replace(Regex(mark), common) for mark, common in PLAIN]
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase(), *plain, ends])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"\s+"), "removed"),
            pre_tokenizers.Split(Regex(rf"[\p{{L}}\p{{N}}]+{MARK_OF_END}|[^\p{{L}}\p{{N}}]"), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=True, use_regex=False),
        ]
    )
    # Every piece begins with a space; before punctuation that space is not written.
    unspaced = decoders.Replace(Regex(r"^Ġ(?=[!-/:-@\[-`{-~])"), "")
    tokenizer.decoder = decoders.Sequence([unspaced, decoders.ByteLevel(), decoders.Replace(MARK_OF_END, "")])
    texts_read = list(texts)
    trainer = trainers.BpeTrainer(
        vocab_size=min(PIECES, size), initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(texts_read, trainer)
    tokenizer = with_words(tokenizer, texts_read, size)
    tokenizer.add_tokens([AddedToken(phrase, normalized=False) for phrase in phrases()])
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in (START, STOP, PAD)])
    return tokenizer


def with_words(tokenizer: Tokenizer, texts: Iterable[str], size: int) -> Tokenizer:
    """Return the same with the most frequent words as tokens: a word that is one is not cut into pieces."""
    from tokenizers import Tokenizer

    counts: Counter[str] = Counter()
    for text in texts:
        cut = tokenizer.pre_tokenizer.pre_tokenize_str(tokenizer.normalizer.normalize_str(text))
        counts.update(word for word, _ in cut)
    made = json.loads(tokenizer.to_str())
    vocabulary = made["model"]["vocab"]
    for word, _ in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
        if len(vocabulary) >= size:
            break
        vocabulary.setdefault(word, len(vocabulary))
    made["model"]["ignore_merges"] = True
    return Tokenizer.from_str(json.dumps(made))


def kinds(tokenizer: Tokenizer) -> list[int]:
    """Return what each token is, by id, as `initial.initialise` asks."""
    from .model import FUNCTION, LABEL, MARK, PHRASE, REST, WORD

    labels = {traces.label(place) for place in range(traces.MOST_DOCUMENTS)}
    fixed = {*phrases(), *weighed_phrases(), START, STOP, PAD}

    def kind(token: str) -> int:
        if token in fixed:
            return LABEL if token in labels else PHRASE
        if not token.startswith("Ġ"):
            return REST
        word = token[1:].removesuffix(MARK_OF_END_AS_BYTE)
        if word != token[1:] and word in traces.FUNCTION_WORDS:
            return FUNCTION
        return WORD if any(map(str.isalnum, word)) else MARK

    return [kind(tokenizer.id_to_token(number) or "") for number in range(tokenizer.get_vocab_size())]


def id_of(tokenizer: Tokenizer, token: str) -> int:
    """Return the id of a token that every tokenizer made here has."""
    number = tokenizer.token_to_id(token)
    if number is None:
        raise Problem(f"the tokenizer has no token {shown(token)}; make it anew with rankr1 train sft")
    return number


def save(tokenizer: Tokenizer, folder: Path) -> None:
    """Write `tokenizer.json`, `tokenizer_config.json` and the chat template, as Transformers and vLLM read them."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": STOP,
        "pad_token": PAD,
        "model_max_length": 8192,
        "clean_up_tokenization_spaces": False,
        "chat_template": CHAT_TEMPLATE,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
