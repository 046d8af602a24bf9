"""How many threads torch computes in, for a while."""

from __future__ import annotations

import pytest
import torch

from rankr1_app.threads import threads


@pytest.fixture(autouse=True)
def two() -> None:
    torch.set_num_threads(2)


def test_a_number_holds_inside_only() -> None:
    with threads(1):
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2


def test_no_number_is_the_choice_of_torch() -> None:
    with threads(0):
        assert torch.get_num_threads() == 2


def test_a_fault_inside_leaves_the_number_as_it_was() -> None:
    with pytest.raises(ValueError, match="broken"), threads(1):
        raise ValueError("broken")
    assert torch.get_num_threads() == 2
