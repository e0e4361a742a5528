"""Limit cycles against closed forms, the whole network's own return map, and what must hold along a family."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from path_networks import of_kind, rotation, with_core

import jedi
from jedi.dynamics.bifurcation import Diagram, bifurcations
from jedi.dynamics.limit_cycle import LimitCycle
from jedi.dynamics.network import network_of

DEMOS = Path(__file__).resolve().parents[1] / "demos"
SUPERCRITICAL = rotation(lambda s: 0.8 + 0.8 * s, lambda s: 0.9)  # Hopf at s = 0.25


@pytest.fixture(scope="module")
def supercritical() -> Diagram:
    return bifurcations(SUPERCRITICAL)


def families(found: Diagram) -> list[list[LimitCycle]]:
    return [list(members) for _, members in groupby(found.cycles, key=lambda cycle: cycle.family)]


def amplitude(cycle: LimitCycle) -> float:
    return float(np.sqrt((cycle.k**2).sum(axis=1).mean()))


def whole_flow(network, x0, duration):
    """Where the whole network, all M units, is after a time, by another integrator than the one under test."""
    from scipy.integrate import solve_ivp

    found = solve_ivp(lambda _, x: network.flow(x), (0, duration), x0, method="RK45", rtol=1e-10, atol=1e-11)
    return found.y[:, -1]


def test_a_supercritical_hopf_point_gives_one_family_of_stable_cycles(supercritical):
    (hopf,) = of_kind(supercritical, "hopf", "flow")
    (cycles,) = families(supercritical)
    assert hopf.at == pytest.approx(0.25, abs=1e-9)
    assert all(cycle.stable for cycle in cycles)
    assert all(cycle.at > hopf.at for cycle in cycles)
    assert cycles[-1].at == 1.0
    assert supercritical.cycles_ended == ("from the Hopf point at s = 0.2500: left the path",)


def test_period_and_amplitude_near_the_hopf_point_are_the_linear_ones_and_the_square_root(supercritical):
    (cycles,) = families(supercritical)
    near = cycles[:2]
    assert near[0].period_tau == pytest.approx(2 * np.pi / 0.9, rel=1e-3)
    squared = [amplitude(cycle) ** 2 for cycle in near]
    beyond = [cycle.at - 0.25 for cycle in near]
    assert squared[0] / beyond[0] == pytest.approx(squared[1] / beyond[1], rel=0.02)


def test_the_trivial_multiplier_is_one_on_every_cycle(supercritical):
    assert max(abs(cycle.multipliers[0] - 1) for cycle in supercritical.cycles) < 1e-7
    assert all(cycle.stable == bool((np.abs(cycle.multipliers[1:]) < 1).all()) for cycle in supercritical.cycles)


@pytest.mark.parametrize("which", [1, -1])
def test_a_cycle_closes_in_the_whole_network_and_spans_one_period(supercritical, which):
    cycle = supercritical.cycles[which]
    network = network_of(SUPERCRITICAL(cycle.at))
    x0 = network.left @ cycle.k[0] + network.bias
    assert np.abs(whole_flow(network, x0, cycle.period_tau) - x0).max() < 1e-6
    half = whole_flow(network, x0, cycle.period_tau / 2)
    assert np.abs(half - network.left @ cycle.k[len(cycle.k) // 2]).max() < 1e-6
    assert np.abs(half - x0).max() > 0.1


def test_multipliers_are_those_of_the_whole_networks_return_map(supercritical):
    """d x(T) / d x(0) by finite differences in R directions of the subspace, and exp(-T) in one across it."""
    cycle = supercritical.cycles[-1]
    network = network_of(SUPERCRITICAL(cycle.at))
    x0 = network.left @ cycle.k[0]
    h = 1e-4
    inverse = np.linalg.pinv(network.left)
    columns = [
        inverse
        @ (whole_flow(network, x0 + h * v, cycle.period_tau) - whole_flow(network, x0 - h * v, cycle.period_tau))
        / (2 * h)
        for v in network.left.T
    ]
    found = np.linalg.eigvals(np.stack(columns, axis=1))
    assert np.sort(np.abs(found)) == pytest.approx(np.sort(np.abs(cycle.multipliers)), abs=2e-5)
    across = np.random.default_rng(0).standard_normal(network.units)
    across -= network.left @ (inverse @ across)
    moved = (
        whole_flow(network, x0 + h * across, cycle.period_tau) - whole_flow(network, x0 - h * across, cycle.period_tau)
    ) / (2 * h)
    moved -= network.left @ (inverse @ moved)
    assert moved == pytest.approx(np.exp(-cycle.period_tau) * across, abs=1e-5)


def test_one_family_joins_two_hopf_points_and_is_told_once():
    found = bifurcations(rotation(lambda s: 0.8 + 1.6 * s * (1 - s), lambda s: 0.9))  # above 1 between the two
    hopf = of_kind(found, "hopf", "flow")
    assert [b.at for b in hopf] == pytest.approx([0.5 - np.sqrt(0.125), 0.5 + np.sqrt(0.125)], abs=1e-9)
    (cycles,) = families(found)
    assert "shrinks to a Hopf point" in found.cycles_ended[0]
    assert min(cycle.at for cycle in cycles) < 0.2 < 0.8 < max(cycle.at for cycle in cycles)


@pytest.mark.parametrize("hopf", [0.7000, 0.7060, 0.7077])
def test_rollouts_just_beyond_a_hopf_point_settle_slowly_and_add_no_second_family(hopf):
    """At s = 0.7082 all fixed points are unstable, so that rollouts start there too."""
    found = bifurcations(rotation(lambda s: 1 + 0.6 * (s - hopf), lambda s: 0.9))
    assert len(families(found)) == 1
    assert found.cycles_ended == (f"from the Hopf point at s = {hopf:.4f}: left the path",)


def test_a_cycle_without_a_hopf_point_on_the_path_is_found_by_rollouts():
    found = bifurcations(rotation(lambda s: 1.3 + 0.5 * s, lambda s: 0.9))
    assert not of_kind(found, "hopf")
    assert not found.branches[0].stable_continuous.any()
    (cycles,) = families(found)
    assert {cycles[0].at, cycles[-1].at} == {0.0, 1.0}
    assert all(cycle.stable for cycle in cycles)


def test_a_family_that_runs_into_a_saddle_ends_with_a_growing_period():
    """The turn fades while the gain stays: fixed points appear on the cycle, which takes ever longer to pass them."""
    path = with_core(lambda s: np.array([[1.5, -0.8 * (1 - s)], [0.8 * (1 - s), 1.3]]))
    found = bifurcations(path)
    (cycles,) = families(found)
    assert max(cycle.period_tau for cycle in cycles) > 3 * min(cycle.period_tau for cycle in cycles)
    assert max(cycle.at for cycle in cycles) < 0.99
    assert "period grows" in found.cycles_ended[0]


def test_an_odd_network_without_rotation_has_no_cycle():
    found = bifurcations(with_core(lambda s: np.array([[0.5 + s, 0.1], [0.2, 0.7]])))
    assert found.cycles == ()
    assert found.cycles_ended == ()


def test_cycles_of_a_trained_path_are_periodic_orbits_of_its_networks():
    run = jedi.load(DEMOS / "multitask.safetensors")
    c0, c1 = run.contexts[0].astype(float), run.contexts[90].astype(float)
    found = bifurcations(lambda s: run.weights((1 - s) * c0 + s * c1), run.dt_over_tau)
    assert found.cycles
    assert max(abs(cycle.multipliers[0] - 1) for cycle in found.cycles) < 1e-7
    for cycle in found.cycles[:: max(1, len(found.cycles) // 3)]:
        network = network_of(run.weights((1 - cycle.at) * c0 + cycle.at * c1))
        x0 = network.states(cycle.k[0])
        assert np.abs(whole_flow(network, x0, cycle.period_tau) - x0).max() < 1e-5 * (1 + np.abs(x0).max())
