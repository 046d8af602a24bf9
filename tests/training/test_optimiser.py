"""Muon: momentum made orthogonal, the same for matrices of one shape together as one by one."""

from __future__ import annotations

import pytest
import torch

from rankr1_app.training.optimiser import Muon, orthogonal


@pytest.mark.parametrize("shape", [(8, 8), (4, 12), (12, 4)])
def test_a_matrix_becomes_nearly_half_orthogonal(shape: tuple[int, int]) -> None:
    torch.manual_seed(1)
    found = orthogonal(torch.randn(3, *shape) * 100, 5)
    assert found.shape == (3, *shape)
    values = torch.linalg.svdvals(found)
    assert values.min() > 0.4
    assert values.max() < 1.4


def test_directions_stay_those_of_the_matrix() -> None:
    torch.manual_seed(1)
    matrix = torch.randn(1, 6, 9)
    left, _, right = torch.linalg.svd(matrix[0], full_matrices=False)
    found = left.T @ orthogonal(matrix, 5)[0] @ right.T
    assert torch.allclose(found, torch.diag(found.diagonal()), atol=1e-4)


def test_a_matrix_of_noughts_stays_so() -> None:
    assert not orthogonal(torch.zeros(2, 4, 4), 5).any()


def moved(weights: list[torch.Tensor], steps: int = 3) -> list[torch.Tensor]:
    """Return weights after steps with gradients of their own."""
    parameters = [weight.clone().requires_grad_() for weight in weights]
    muon = Muon(parameters, lr=0.1)
    for step in range(steps):
        for parameter in parameters:
            parameter.grad = torch.sin(parameter.detach() * 7 + step)
        muon.step()
    return [parameter.detach() for parameter in parameters]


def test_matrices_taken_together_move_as_one_by_one() -> None:
    torch.manual_seed(1)
    weights = [torch.randn(6, 4), torch.randn(6, 4), torch.randn(4, 4)]
    together = moved(weights)
    for weight, found in zip(weights, together, strict=True):
        assert torch.allclose(moved([weight])[0], found, atol=1e-5)


def test_a_step_is_as_long_however_large_the_gradient_is() -> None:
    torch.manual_seed(1)
    found = []
    for size in (1e-3, 1e3):
        weight = torch.zeros(6, 4).requires_grad_()
        torch.manual_seed(2)
        weight.grad = torch.randn(6, 4) * size
        Muon([weight], lr=0.1).step()
        found.append(weight.detach())
    assert torch.allclose(found[0], found[1], atol=1e-3)
    assert found[0].norm() == pytest.approx(0.1 * (6 / 4) ** 0.5 * 4**0.5, rel=0.3)


def test_what_has_no_gradient_stays_where_it_is() -> None:
    weight = torch.ones(3, 3).requires_grad_()
    Muon([weight], lr=0.1).step()
    assert weight.detach().equal(torch.ones(3, 3))


def test_it_finds_the_least_of_a_simple_loss() -> None:
    torch.manual_seed(1)
    target, weight = torch.randn(5, 5), torch.zeros(5, 5).requires_grad_()
    muon = Muon([weight], lr=0.05)
    for _ in range(200):
        muon.zero_grad()
        ((weight - target) ** 2).sum().backward()  # type: ignore[no-untyped-call]
        muon.step()
    assert (weight - target).abs().max() < 0.2
