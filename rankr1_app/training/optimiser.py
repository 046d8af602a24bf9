"""Muon: momentum, made orthogonal, for the matrices of the network.

Keller Jordan's method (https://kellerjordan.github.io/posts/muon/), in fp32 and with matrices of one shape
taken together, because that is what a CPU does quickly.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor


class Muon(torch.optim.Optimizer):
    """Orthogonalised momentum for 2-D parameters."""

    def __init__(self, params: Iterable[Tensor], *, lr: float, momentum: float = 0.95, rounds: int = 5) -> None:
        super().__init__(list(params), {"lr": lr, "momentum": momentum, "rounds": rounds})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Move every parameter that has a gradient."""
        for group in self.param_groups:
            shapes: dict[torch.Size, list[Tensor]] = {}
            for weight in group["params"]:
                if weight.grad is not None:
                    shapes.setdefault(weight.shape, []).append(weight)
            for shape, weights in shapes.items():
                moves = torch.stack([self.averaged(weight, group["momentum"]) for weight in weights])
                scale = group["lr"] * max(1.0, shape[0] / shape[1]) ** 0.5
                for weight, move in zip(weights, orthogonal(moves, group["rounds"]), strict=True):
                    weight.add_(move, alpha=-scale)

    def averaged(self, weight: Tensor, momentum: float) -> Tensor:
        """Return the gradient, averaged with those before it."""
        assert weight.grad is not None
        state = self.state[weight]
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(weight)
        state["momentum"].lerp_(weight.grad, 1 - momentum)
        return weight.grad.lerp(state["momentum"], momentum)


def orthogonal(x: Tensor, rounds: int) -> Tensor:
    """Return the nearest half-orthogonal matrices to `x` (batch, rows, columns), by Newton-Schulz rounds."""
    flip = x.shape[-2] > x.shape[-1]
    if flip:
        x = x.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(rounds):
        a = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(a, a, a, beta=-4.7750, alpha=2.0315), x, beta=3.4445)
    return x.mT if flip else x
