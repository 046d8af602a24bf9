"""What every trainer of TRL is told, whatever it learns from labels, and how its progress is kept."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from ..errors import Problem, shown
from .curves import picture, table
from .recipe import Recipe

Prepared = TypeVar("Prepared", bound=Recipe)


def arguments(recipe: Recipe, steps: int, folder: Path) -> dict[str, Any]:
    """Return the arguments that GRPOConfig and SFTConfig share."""
    return {
        "output_dir": str(folder / "checkpoints"),
        "max_steps": steps,
        "per_device_train_batch_size": recipe.batch,
        "gradient_accumulation_steps": recipe.accumulate,
        "learning_rate": recipe.learning_rate,
        "bf16": recipe.precision == "bf16",
        "fp16": recipe.precision == "fp16",
        "gradient_checkpointing": recipe.checkpointing,
        "use_cpu": not recipe.gpus,
        "dataloader_pin_memory": bool(recipe.gpus),
        "logging_steps": 1,
        "save_steps": recipe.save_every,
        "save_total_limit": 2,
        "seed": recipe.seed,
        "report_to": [],
        "disable_tqdm": True,
    }


def start(prepare: Callable[[Prepared, Path], Any], config: Prepared, *, resume: bool, output: Path | None) -> None:
    """Train to the end, into `output` (the config's own folder if None).

    Writes there `checkpoints/` (to go on), `progress.csv` and `progress.svg`, and `model/` (see `save`). With
    `resume`, goes on from the last checkpoint if there is one.
    """
    folder = output or config.output
    trainer = prepare(config, folder)
    folder.mkdir(parents=True, exist_ok=True)
    trainer.train(resume_from_checkpoint=resume and any((folder / "checkpoints").glob("checkpoint-*")))
    save(trainer, config, folder / "model")


def base(recipe: Recipe) -> tuple[Any, Any]:
    """Return the network to train, in the precision it is trained in, and its tokenizer."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    dtype = torch.float32 if recipe.precision == "float32" else torch.bfloat16
    try:
        words = AutoTokenizer.from_pretrained(recipe.base)
        return AutoModelForCausalLM.from_pretrained(recipe.base, dtype=dtype), words
    except (OSError, ValueError) as error:
        what = f"base {shown(recipe.base)} cannot be loaded; give a model's folder or its name on Hugging Face"
        raise Problem(f"{what}: {shown(' '.join(str(error).split()), 300)}") from error


def save(trainer: Any, recipe: Recipe, folder: Path) -> None:
    """Write the adapter where `lora` is set, else all weights, in the precision the base is in; the tokenizer with
    them."""
    if recipe.lora:
        trainer.save_model(str(folder))
    elif trainer.is_world_process_zero():
        from transformers import AutoConfig

        network = trainer.accelerator.unwrap_model(trainer.model)
        network.to(AutoConfig.from_pretrained(recipe.base).dtype)
        network.save_pretrained(folder, max_shard_size=recipe.shard_bytes)
        trainer.processing_class.save_pretrained(folder)


def progress(folder: Path, columns: Mapping[str, str], drawn: Mapping[str, str]) -> Any:
    """Return a callback that keeps `progress.csv`, a row each step with `columns` (ours, and what TRL calls them), and
    draws those of `drawn` (with their titles) at every checkpoint."""
    from transformers import TrainerCallback

    path = folder / "progress.csv"

    class Progress(TrainerCallback):  # type: ignore[misc]
        """Rows up to the step a resumed run begins at are kept, later ones are written again."""

        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            rows = [row for row in table(path) if int(row["step"]) <= state.global_step] if path.exists() else []
            write(path, columns, rows)

        def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
            if logs and next(iter(columns.values())) in logs:
                found = {name: f"{logs.get(key, 0.0):.4g}" for name, key in columns.items()}
                row = {"step": str(state.global_step), **found}
                write(path, columns, [*table(path), row])
                print(" ".join(f"{name} {value}" for name, value in row.items()), flush=True)

        def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            picture(table(path), folder / "progress.svg", drawn)

    return Progress()


def write(path: Path, columns: Mapping[str, str], rows: list[dict[str, str]]) -> None:
    """Write the file anew, whole or not at all."""
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["step", *columns])
        writer.writeheader()
        writer.writerows(rows)
    part.replace(path)
