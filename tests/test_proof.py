"""What a proof says is true, what it cannot say it does not, and it finds what a search has missed."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import bistable_low_rank, overlapping, random_low_rank, rank_one

import jedi
from jedi.dynamics import fixed_points, prove
from jedi.dynamics.bounds import Singles, bounded
from jedi.dynamics.network import network_of
from jedi.dynamics.reduced import reduced
from jedi.weights import LowRankWeights

NONE = np.empty((0, 1))


def nothing(rank: int) -> np.ndarray:
    return np.empty((0, rank))


@pytest.mark.parametrize("rank", [1, 2, 3, 4])
def test_decoupled_bistable_units_have_three_to_the_rank_points_and_no_more(rank: int) -> None:
    network = network_of(bistable_low_rank([1.5 + 0.3 * r for r in range(rank)], 6))
    proof = prove(network, nothing(rank), 20.0)
    assert proof.finished
    assert len(proof.roots) == proof.missed == 3**rank
    own = np.sort(np.unique(np.round(np.abs(proof.roots), 9)[:, 0]))
    assert len(own) == 2, "zero, and one amplitude"


@pytest.mark.parametrize(("overlap", "count"), [(1.0001, 3), (0.9999, 1), (1.05, 3), (0.5, 1)])
def test_both_sides_of_a_pitchfork_are_told_apart(overlap: float, count: int) -> None:
    proof = prove(network_of(rank_one(overlap)), NONE, 5.0)
    assert proof.finished
    assert len(proof.roots) == count


@pytest.mark.parametrize("bias", [0.03, 0.0319, 0.033])
def test_both_sides_of_a_fold_are_told_apart(bias: float) -> None:
    """x = w tanh(x) + b for one unit folds at b = sqrt(1 - 1/w) w - artanh(sqrt(1 - 1/w))."""
    w = 1.15
    edge = w * np.sqrt(1 - 1 / w) - np.arctanh(np.sqrt(1 - 1 / w))
    network = network_of(LowRankWeights(np.array([[w], [0.0]]), np.array([[1.0], [0.0]]), np.array([bias, 0.0])))
    proof = prove(network, NONE, 5.0)
    assert proof.finished
    assert len(proof.roots) == (3 if bias < edge else 1)


def test_two_points_that_touch_are_never_called_proved() -> None:
    proof = prove(network_of(rank_one(1.0)), NONE, 5.0)
    assert not proof.finished
    assert "too near" in proof.reason
    assert not prove(network_of(rank_one(1 + 1e-9)), NONE, 5.0).finished


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 4), st.integers(0, 100_000), st.sampled_from([0.0, 0.5]))
def test_search_and_proof_agree_on_random_networks(rank: int, seed: int, bias: float) -> None:
    found = fixed_points(random_low_rank(60, rank, seed, bias=bias), proof_seconds=20.0)
    assert found.completeness == "proved"
    assert found.proof is not None
    assert found.proof.missed == 0


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 4), st.integers(0, 100_000))
def test_a_proof_finds_every_point_that_it_was_not_told(rank: int, seed: int) -> None:
    """Whatever part of the true set is withheld, the end is the same set."""
    w = overlapping(40, rank, seed)
    network = network_of(w)
    whole = prove(network, nothing(rank), 20.0)
    assert whole.finished
    kept = whole.roots[np.random.default_rng(seed).random(len(whole.roots)) < 0.5]
    part = prove(network, kept, 20.0)
    assert part.finished
    assert part.missed == len(whole.roots) - len(kept)
    assert np.allclose(np.sort(part.roots, axis=0), np.sort(whole.roots, axis=0), atol=1e-8)


def test_a_proof_never_depends_on_how_the_factors_came() -> None:
    w = random_low_rank(80, 3, 5, bias=0.3)
    mix = np.array([[2.0, 1.0, 0.0], [0.0, 0.01, 3.0], [50.0, 0.0, 1.0]])
    other = LowRankWeights(w.U @ np.linalg.inv(mix), w.V @ mix.T, w.bias)
    one, two = (prove(network_of(x), nothing(3), 10.0) for x in (w, other))
    assert one.finished
    assert two.finished
    assert len(one.roots) == len(two.roots)
    assert abs(one.boxes - two.boxes) < 0.05 * one.boxes + 20


def test_a_single_box_holds_one_root_and_is_large() -> None:
    network = network_of(overlapping(100, 2, 0))
    system = reduced(network)
    bounds = bounded(network, system)
    roots = prove(network, nothing(2), 5.0).roots @ system.into.T
    singles = Singles.of(bounds, roots)
    assert len(singles.low) == len(roots) >= 5
    for low, high in zip(singles.low, singles.high, strict=True):
        assert ((low <= roots) & (roots <= high)).all(1).sum() == 1
    assert (singles.high - singles.low).max() > 0.01 * bounds.extent.max()


def test_out_of_time_is_said_and_is_no_proof() -> None:
    network = network_of(random_low_rank(100, 8, 0))
    began = time.monotonic()
    proof = prove(network, nothing(8), 0.3)
    assert time.monotonic() - began < 3
    assert not proof.finished
    assert proof.reason == "out of time"
    assert 0 <= proof.covered < 1


def test_the_clock_of_a_proof_starts_when_the_code_is_compiled(tmp_path: Path) -> None:
    """The first proof of a fresh machine, where Numba has nothing in its cache, is not out of time for that."""
    script = (
        "import sys; sys.path.insert(0, 'tests')\n"
        "import numpy as np\n"
        "from random_networks import overlapping\n"
        "from jedi.dynamics.network import network_of\n"
        "from jedi.dynamics import prove\n"
        "proof = prove(network_of(overlapping(50, 2, 0)), np.empty((0, 2)), 0.5)\n"
        "print(proof.finished, proof.seconds < 0.5)"
    )
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]


def test_a_proof_can_be_stopped_and_tells_how_far_it_is() -> None:
    stop, told = threading.Event(), []

    def progress(left: float, boxes: int) -> None:
        told.append((left, boxes))
        if len(told) == 2:
            stop.set()

    proof = prove(network_of(random_low_rank(100, 9, 0)), nothing(9), 60.0, stop=stop, progress=progress)
    assert proof.reason == "stopped"
    assert proof.seconds < 20
    assert told[1][1] > told[0][1] > 0
    assert all(0 < left <= 1 + 1e-9 for left, _ in told)


def test_threads_give_the_same_points_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    network = network_of(overlapping(60, 4, 1))
    sets = []
    for threads in ("1", "4"):
        monkeypatch.setenv("JEDI_THREADS", threads)
        proof = prove(network, nothing(4), 30.0)
        assert proof.finished
        sets.append(np.unique(np.round(proof.roots, 7), axis=0))
    assert np.array_equal(*sets)


def test_an_unused_rank_is_no_obstacle() -> None:
    w = rank_one(1.5, units=30)
    twice = LowRankWeights(np.hstack([w.U, w.U]), np.hstack([w.V, 0 * w.V]))
    proof = prove(network_of(twice), nothing(2), 10.0)
    assert proof.finished
    assert len(proof.roots) == 3


@pytest.mark.parametrize("trial", [0, 45, 90, 130])
def test_a_trained_context_is_proved_in_a_moment(trial: int) -> None:
    run = jedi.load("demos/multitask.safetensors")
    found = fixed_points(run.weights(run.contexts[trial]), run.dt_over_tau, proof_seconds=30.0)
    assert found.completeness == "proved"
    assert found.proof is not None
    assert found.proof.missed == 0
    assert found.proof.boxes < 60_000, "the plain mean-value form needs 56 to 192 thousand"


@pytest.mark.slow
@pytest.mark.parametrize(("rank", "count"), [(1, 200), (2, 200), (3, 200), (4, 200), (5, 20), (6, 6)])
def test_search_and_proof_agree_in_all_of_many_networks(rank: int, count: int) -> None:
    for seed in range(count):
        for w in (random_low_rank(200, rank, seed), overlapping(200, rank, seed)):
            found = fixed_points(w, proof_seconds=120.0)
            assert found.completeness == "proved", (rank, seed)
            assert found.proof is not None
            assert found.proof.missed == 0, (rank, seed)
