"""A model in this process, by Transformers: several calls share each step of the model.

One thread owns the model. Between two steps (`rows.py`) it admits new calls, drops the ones nobody listens to, and
lets the rest go on.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import Problem, logger, shown
from ..events import Message
from ..slow import LOADING, LOCK
from .dialect import folded
from .drafts import Drafts
from .length import start_like
from .prefixes import Prefixes
from .protocol import Chunk, Decoding, TooLong, begun_in
from .refusal import plain
from .rows import Row, Rows

if TYPE_CHECKING:
    from ..plan import EngineSpec

END = None
SMALL = 50_000_000
"""Parameters below which one thread writes quicker than several, which would mostly wait for each other, and a step of
several tokens takes hardly longer than a step of one, so that drafts pay. Prompts are read in several threads."""


class Transformers:
    """A checkpoint (a folder or a name on the hub), with a LoRA adapter merged in if one is named."""

    name = "transformers"

    def __init__(self, model: str, adapter: str = "", *, concurrency: int = 8) -> None:
        self.weights = model
        self.adapter = adapter
        self.model = Path(adapter or model).name
        self.concurrency = concurrency
        self.lane = asyncio.Semaphore(concurrency)
        self.state = "not started"
        self.lock = asyncio.Lock()
        self.loaded: Loaded | None = None
        self.running = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What is done otherwise for this model than for others, in words."""
        folds = self.loaded is not None and self.loaded.folds
        return ("the system's turn put before the user's, since the model has no such role",) if folds else ()

    @property
    def room(self) -> int:
        """What its calls leave of `concurrency`, on a GPU; on a CPU every call takes from the others."""
        on_gpu = self.loaded is not None and self.loaded.model.device.type != "cpu"
        return max(0, self.concurrency - self.running) if on_gpu else 0

    async def start(self) -> None:
        """Load the model, in a thread. Raises `Problem` where it is not to be had."""
        async with self.lock:
            if self.loaded is not None and self.loaded.worker.is_alive():
                return
            self.state = "starting"
            try:
                self.loaded = await asyncio.to_thread(load, self.weights, self.adapter, self.concurrency)
            except BaseException as error:
                self.state = f"lost: {error}" if isinstance(error, Problem) else "not started"
                raise
            self.state = "ready"

    async def close(self) -> None:
        """End the thread and let go of the model."""
        loaded, self.loaded = self.loaded, None
        self.state = "not started"
        if loaded is not None:
            loaded.waiting.put(END)
            # At its own end Python takes no new threads to wait in.
            while loaded.worker.is_alive():  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def truncate(self, texts: Sequence[str], tokens: int) -> list[str]:
        """Cut by the model's own tokenizer."""
        await self.start()
        assert self.loaded is not None
        tokenizer = self.loaded.tokenizer
        cut = []
        for text in texts:
            ids = tokenizer(text, add_special_tokens=False)["input_ids"]
            beginning = tokenizer.decode(ids[:tokens], skip_special_tokens=False, clean_up_tokenization_spaces=False)
            cut.append(text if len(ids) <= tokens else start_like(text, beginning))
        return cut

    async def following(self, messages: Sequence[Message], text: str) -> Mapping[str, float]:
        """Generate one token after `text`, which is read as the tokenizer cuts it."""
        await self.start()
        assert self.loaded is not None
        prompt = self.loaded.prompt(messages) + self.loaded.ids(text)
        decoding = Decoding(max_tokens=1, alternatives_after="")
        async with aclosing(self.answer(prompt, decoding)) as chunks:
            async for chunk in chunks:
                for token in chunk.tokens:
                    return token.alternatives
        raise Problem(f"model {shown(self.model)} told no probabilities")

    async def generate(self, messages: Sequence[Message], decoding: Decoding) -> AsyncGenerator[Chunk, None]:
        """Stream one completion. Raises `Problem` for a prompt that is too long, or when the model broke."""
        await self.start()
        assert self.loaded is not None
        async with aclosing(self.answer(self.loaded.prompt(messages), decoding)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def answer(self, prompt: list[int], decoding: Decoding) -> AsyncGenerator[Chunk, None]:
        """Yield what the model writes after the tokens of `prompt`."""
        loaded = self.loaded
        assert loaded is not None
        if len(prompt) + decoding.max_tokens > loaded.context:
            room = loaded.context - decoding.max_tokens
            raise TooLong(
                f"prompt of {len(prompt)} tokens is too long for {self.model}, which has room for {room}; "
                f"fewer --docs-per-call, a smaller --depth, or a --max-tokens below {decoding.max_tokens} may help",
                loaded.context,
                len(prompt),
            )
        row = Row(prompt, decoding, asyncio.Queue(), asyncio.get_running_loop())
        loaded.waiting.put(row)
        self.running += 1
        try:
            while True:
                piece = await row.pieces.get()
                if isinstance(piece, Problem):
                    self.state = f"lost: {piece}"
                    raise piece
                yield piece
                if piece.finish_reason:
                    return
        finally:
            self.running -= 1
            row.dropped = True


@dataclass
class Loaded:
    """A model in memory and the thread that owns it, which reads prompts in `readers` threads (0: torch's choice)."""

    model: Any
    tokenizer: Any
    ends: frozenset[int]
    context: int
    most: int
    name: str
    drafts: Drafts | None = None
    folds: bool = False
    readers: int = 0
    waiting: queue.SimpleQueue[Row | None] = field(default_factory=queue.SimpleQueue)
    worker: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.worker = threading.Thread(target=self.work, name="transformers", daemon=True)
        self.worker.start()

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """Return the tokens of a chat, up to where the answer begins, or of the answer that is begun. A template
        without a system role gets that turn in the user's."""
        begun = begun_in(messages)
        if begun and len(messages) == 1:
            return self.ids(begun, special=True)
        return self.chat(messages[:-1]) + self.ids(begun) if begun else self.chat(messages)

    def ids(self, text: str, *, special: bool = False) -> list[int]:
        """Return the tokens of a text, with those that a text begins with where they are wanted (`special`)."""
        return list(self.tokenizer(text, add_special_tokens=special)["input_ids"])

    def chat(self, messages: Sequence[Message]) -> list[int]:
        """Return the tokens of a chat up to where the answer begins."""
        from jinja2 import TemplateError

        if self.tokenizer.chat_template is None:
            raise Problem(
                f"model {shown(self.name)} has no chat template, so it cannot be asked; give one that was made for chat"
            )
        turns = folded(messages) if self.folds else list(messages)
        chat = [{"role": turn.role, "content": turn.content} for turn in turns]
        try:
            return list(
                self.tokenizer.apply_chat_template(chat, add_generation_prompt=True, tokenize=True, return_dict=False)
            )
        except TemplateError as error:
            if self.folds or messages[0].role != "system":
                raise Problem(f"the model's chat template refuses the conversation: {plain(str(error))!r}") from error
            self.folds = True
            return self.chat(messages)

    def work(self) -> None:
        """Serve rows until told to end. What breaks is told to every row it concerns."""
        import torch

        batch = self.batch()
        with torch.inference_mode():
            while True:
                try:
                    if not self.admit(batch):
                        return
                    batch.step()
                except Exception as error:
                    problem = Problem(broke(error))
                    for row in batch.rows:
                        row.send(problem)
                    batch = self.batch()

    def batch(self) -> Rows:
        """Return a batch without rows."""
        prefixes = Prefixes() if sees_all(self.model.config) else None
        return Rows(self.model, self.tokenizer, self.ends, self.drafts, prefixes, self.readers)

    def admit(self, batch: Rows) -> bool:
        """Take in waiting rows; wait for one if there is nothing else to do. False at the end."""
        while len(batch.rows) < self.most:
            try:
                row = self.waiting.get(block=not batch.rows)
            except queue.Empty:
                return True
            if row is END:
                return False
            if not row.dropped:
                batch.add(row)
        return True


def load(weights: str, adapter: str, most: int) -> Loaded:
    """Read the checkpoint. On a GPU in bf16; on a CPU in bf16 where it computes in it, else in fp32: slower
    memory, but several times faster there than emulated bf16."""
    with LOCK:
        import torch
        import transformers
        from transformers import AutoModelForCausalLM, AutoTokenizer

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    gpu = torch.cuda.is_available()
    dtype = torch.bfloat16 if gpu or native_bfloat16() else torch.float32
    what = f"model {shown(weights)}" + (f" with adapter {shown(adapter)}" if adapter else "")
    try:
        with LOADING:
            tokenizer = AutoTokenizer.from_pretrained(weights)
            model = AutoModelForCausalLM.from_pretrained(weights, dtype=dtype)
            if adapter:
                from peft import PeftModel

                model = PeftModel.from_pretrained(model, adapter).merge_and_unload()
    except Problem:
        raise
    except Exception as error:
        logger.error("%s cannot be loaded", what, exc_info=error)
        raise Problem(f"{what} cannot be loaded: {why_not(weights, adapter)}") from error
    model = model.to("cuda" if gpu else "cpu").eval()
    small = model.num_parameters() < SMALL
    ends = model.generation_config.eos_token_id
    readers = torch.get_num_threads()
    if small and not gpu:
        torch.set_num_threads(1)
        model = quick(model)
    return Loaded(
        model=model,
        tokenizer=tokenizer,
        ends=frozenset(ends if isinstance(ends, list) else [ends]),
        context=context_of(model.config, tokenizer),
        most=most,
        name=adapter or weights,
        drafts=Drafts() if small and sees_all(model.config) else None,
        readers=readers,
    )


def quick(model: Any) -> Any:
    """Return a small model on a CPU as what computes the same in less time, if there is such a thing."""
    from .qwen3 import Qwen3, fits

    return Qwen3(model) if fits(model) else model


def why_not(*places: str) -> str:
    """Say what is wrong with the first checkpoint that is not as it should be."""
    for place in filter(None, places):
        folder = Path(place)
        if folder.is_dir() and not any((folder / name).is_file() for name in ("config.json", "adapter_config.json")):
            return f"folder {shown(place)} has no config.json, so it is not a checkpoint"
        if not folder.is_dir() and (folder.is_absolute() or place.count("/") != 1 or folder.is_file()):
            return f"{shown(place)} is not a folder; give a checkpoint's folder, or its name on the hub (owner/name)"
        if not folder.is_dir():
            return f"{shown(place)} is not here, and the hub does not have it or cannot be reached"
    return "its files are damaged, or of a kind that this version of Transformers does not read; rankr1.log has more"


def sees_all(config: Any) -> bool:
    """Return whether every layer sees all tokens before: a window would count those of wrong drafts."""
    text = getattr(config, "text_config", config)
    return set(getattr(text, "layer_types", None) or ["full_attention"]) == {"full_attention"}


def context_of(config: Any, tokenizer: Any) -> int:
    """Return the tokens that the model reads at once."""
    text = getattr(config, "text_config", config)
    length = getattr(text, "max_position_embeddings", None) or getattr(config, "max_position_embeddings", None)
    return int(length or min(tokenizer.model_max_length, 2**20))


def broke(error: Exception) -> str:
    """Say why the model broke while it generated."""
    logger.error("the model broke", exc_info=error)
    if isinstance(error, MemoryError) or "out of memory" in str(error).lower():
        return "memory ran out in the middle, a lower --concurrency, --docs-per-call or --max-tokens may help"
    return "model broke while generating, rankr1.log in the data folder says how"


def native_bfloat16() -> bool:
    """Return whether this processor multiplies in bf16 itself; emulated, it is several times slower than fp32."""
    try:
        flags = Path("/proc/cpuinfo").read_text("utf-8", "replace")
    except OSError:
        return False
    return "amx_bf16" in flags or "avx512_bf16" in flags


def create(spec: EngineSpec, concurrency: int) -> Transformers:
    """Return the engine of a spec; nothing is loaded yet."""
    return Transformers(spec.model, spec.adapter, concurrency=concurrency)
