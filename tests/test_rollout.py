"""The fused recurrence gives the reference's states and gradients."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from jedi import kernels
from jedi.rollout import rollout, rollout_reference, squared_error


def _trial_batch(seed: int, trials: int, rank: int, units: int, dtype: torch.dtype) -> list[torch.Tensor]:
    g = torch.Generator().manual_seed(seed)
    u, v = (torch.randn(trials, rank, units, generator=g, dtype=torch.float64) for _ in range(2))
    # |J| <= 0.95: the dynamics contract, so rounding is not amplified and a tolerance on states means something.
    u = 0.95 * u / (u.norm(dim=(1, 2), keepdim=True) * v.norm(dim=(1, 2), keepdim=True))
    bias = 0.3 * torch.randn(trials, units, generator=g, dtype=torch.float64)
    x0 = torch.randn(trials, units, generator=g, dtype=torch.float64)
    return [a.to(dtype).requires_grad_() for a in (u, v, bias, x0)]


SHAPES = st.tuples(st.integers(1, 9), st.integers(1, 11), st.integers(1, 67), st.integers(2, 60))


@settings(max_examples=30, deadline=None)
@given(shape=SHAPES, seed=st.integers(0, 2**31), a=st.floats(0.01, 1.0))
def test_float32_states_and_gradients_follow_the_float64_reference(
    shape: tuple[int, int, int, int], seed: int, a: float
) -> None:
    trials, rank, units, steps = shape
    exact = _trial_batch(seed, trials, rank, units, torch.float64)
    single = [e.detach().float().requires_grad_() for e in exact]
    expected, found = rollout_reference(*exact, steps, a), rollout(*single, steps, a)
    assert torch.allclose(found.double(), expected, atol=1e-5, rtol=1e-5)
    target = torch.cos(torch.arange(expected.numel(), dtype=torch.float64)).reshape(expected.shape)
    (expected * target).sum().backward()
    (found * target.float()).sum().backward()
    for e, s in zip(exact, single, strict=True):
        assert e.grad is not None
        assert s.grad is not None
        assert (s.grad.double() - e.grad).norm() <= 1e-4 * e.grad.norm() + 1e-7


def test_gradients_match_finite_differences_in_float64() -> None:
    inputs = _trial_batch(3, trials=3, rank=3, units=6, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda *a: rollout(*a, 9, 0.3), inputs)


def test_float64_states_are_the_reference_to_rounding_over_a_whole_trial() -> None:
    inputs = _trial_batch(5, trials=8, rank=5, units=50, dtype=torch.float64)
    assert torch.allclose(rollout(*inputs, 150, 0.1), rollout_reference(*inputs, 150, 0.1), atol=1e-10)


def test_rational_tanh_is_accurate_to_float32_everywhere() -> None:
    x = np.concatenate([np.linspace(-20, 20, 400_001), [-np.inf, np.inf, 0.0, -1e-30, 1e-30]]).astype(np.float32)
    _, trajectory = kernels.rollout(
        *(np.zeros((1, 1, x.size), np.float32),) * 2, np.zeros((1, x.size), np.float32), x[None], 2, 0.1
    )
    tanh = np.tanh(x.astype(np.float64))
    assert np.abs(trajectory.rates[0, 0] - tanh).max() < 5e-7
    assert np.abs(trajectory.rates[0, 0]).max() <= 1


def test_slices_over_threads_change_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = [a.detach().numpy() for a in _trial_batch(7, trials=13, rank=5, units=64, dtype=torch.float32)]
    monkeypatch.setattr(kernels, "_WORTH_A_THREAD", 0)
    monkeypatch.setenv("JEDI_THREADS", "1")
    alone = kernels.rollout(*inputs, 40, 0.1)[0]
    monkeypatch.setenv("JEDI_THREADS", "4")
    assert np.array_equal(alone, kernels.rollout(*inputs, 40, 0.1)[0])


def test_fused_squared_error_and_its_gradient_match_finite_differences() -> None:
    inputs = _trial_batch(3, trials=3, rank=3, units=5, dtype=torch.float64)
    g = torch.Generator().manual_seed(0)
    target = torch.randn(6, 9, 5, generator=g, dtype=torch.float64)
    mask = (torch.rand(6, 9, generator=g) < 0.7).double()
    weight = torch.rand(5, generator=g, dtype=torch.float64)
    index = torch.tensor([4, 0, 5])

    def error(*a: torch.Tensor) -> torch.Tensor:
        return squared_error(*a, target, mask, weight, index, 7, 0.3)

    difference = rollout_reference(*inputs, 7, 0.3) - target[index, :7]
    expected = torch.einsum("btm,bt,m->b", difference**2, mask[index, :7], weight)
    assert torch.allclose(error(*inputs), expected, atol=1e-12)
    assert torch.autograd.gradcheck(error, inputs)
