"""One step of supervised training: what the loss looks at, and what moves the weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from . import model, tokenizer, traces, weighed
from .batches import TrainingBatch
from .curriculum import Config
from .optimiser import Muon

if TYPE_CHECKING:
    from tokenizers import Tokenizer


@dataclass(frozen=True)
class Learner:
    """The network and what moves its weights."""

    network: model.Network
    optimisers: list[torch.optim.Optimizer]


def optimisers_of(config: Config, network: model.Network) -> list[torch.optim.Optimizer]:
    """Return Muon for the matrices and AdamW for the vectors."""
    learnt = [weight for weight in network.parameters() if weight.requires_grad]
    matrices = [weight for weight in learnt if weight.ndim == 2]
    vectors = [weight for weight in learnt if weight.ndim == 1]
    made: list[torch.optim.Optimizer] = [
        Muon(matrices, lr=config.matrix_lr),
        torch.optim.AdamW(vectors, lr=config.other_lr, betas=(0.9, 0.95), weight_decay=0.0),
    ]
    for optimiser in made:
        for group in optimiser.param_groups:
            group["full_lr"] = group["lr"]
    return made


@dataclass(frozen=True)
class PhraseIds:
    """Token ids: all fixed phrases, those that decide about a word, the one before the choice, and labels behind which
    something is decided."""

    fixed: Tensor
    words: Tensor
    choice: int
    labels: Tensor

    def on(self, device: str) -> PhraseIds:
        """Return the same on a device."""
        fixed, words, labels = (each.to(device) for each in (self.fixed, self.words, self.labels))
        return replace(self, fixed=fixed, words=words, labels=labels)


def phrase_ids(words: Tokenizer, is_weighed: bool = False) -> PhraseIds:
    """Return the ids of the phrases that the loss looks at, of the trace that weighs scores or of the one that counts
    words."""
    phrases = tokenizer.weighed_phrases() if is_weighed else []
    fixed = (*tokenizer.phrases(), *phrases, tokenizer.STOP)
    trace = weighed if is_weighed else traces
    first, second = (
        torch.tensor([tokenizer.id_of(words, token) for token in some]) for some in (fixed, trace.decisions())
    )
    labels = [tokenizer.id_of(words, traces.label(place)) for place in range(traces.MOST_DOCUMENTS * is_weighed)]
    return PhraseIds(first, second, tokenizer.id_of(words, trace.BEST), torch.tensor(labels, dtype=torch.long))


def take_step(
    config: Config, learner: Learner, batch: TrainingBatch, ids: PhraseIds, *, half: bool = False
) -> tuple[float, dict[str, float]]:
    """Learn from one batch, in `half` precision or whole; return its loss, and the shares that were right."""
    with torch.autocast(batch.ids.device.type, torch.bfloat16, enabled=half):
        loss, right = loss_of(config, learner.network, batch, ids)
    torch.autograd.backward(loss)
    torch.nn.utils.clip_grad_norm_((weight for weight in learner.network.parameters() if weight.requires_grad), 1.0)
    for optimiser in learner.optimisers:
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
    return float(loss.detach()), right


def loss_of(
    config: Config, network: model.Network, batch: TrainingBatch, ids: PhraseIds
) -> tuple[Tensor, dict[str, float]]:
    """Return the cross-entropy, over the whole vocabulary or, for a start, over tokens that the batch holds and as many
    others.

    What a trace may say is in its prompt or a fixed phrase, so few candidates teach copying at a fraction of the
    cost; telling words apart in the whole vocabulary takes all of them. `right` holds the shares of tokens, of the
    words asked, of decisions about a word and of choices that came first among the candidates.
    """
    states = network.states(batch.ids)[batch.learn]
    targets = batch.ids.roll(-1, 1)[batch.learn]
    before = batch.ids[batch.learn]
    chosen = before == ids.choice
    naming = batch.naming[batch.learn]
    decided = torch.isin(targets, ids.words) | torch.isin(before, ids.labels) | chosen | naming
    embeddings = network.model.embed_tokens.weight
    if not batch.whole_vocabulary:
        held = torch.unique(torch.cat((batch.ids.flatten(), ids.fixed)))
        chance = torch.Generator().manual_seed(len(held))
        others = torch.randint(embeddings.shape[0], (len(held),), generator=chance).to(held.device)
        candidates = torch.unique(torch.cat((held, others)))
        embeddings = embeddings[candidates]
        targets = torch.searchsorted(candidates, targets)
    logits = F.linear(states, embeddings)
    with torch.no_grad():
        hit = logits.argmax(-1) == targets
        right = {
            "all": float(hit.float().mean()),
            "naming": float(hit[naming].float().mean()),
            "decisions": float(hit[decided & ~naming].float().mean()),
            "choices": float(hit[chosen].float().mean()),
        }
    weights = torch.where(decided, config.decision_weight, 1.0) * torch.where(chosen, config.choice_weight, 1.0)
    return (F.cross_entropy(logits, targets, reduction="none") * weights).sum() / weights.sum(), right


def set_rates(config: Config, optimisers: list[torch.optim.Optimizer], step: int) -> None:
    """Set the rates of a step: linear warm-up, then full rate, then linear to nothing over the last `decay` share of
    the run."""
    left = (config.steps - step) / (config.steps * config.decay) if config.decay else 1.0
    share = min(1.0, (step + 1) / max(1, config.warmup), left)
    for optimiser in optimisers:
        for group in optimiser.param_groups:
            group["lr"] = group["full_lr"] * share
