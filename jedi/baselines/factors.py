"""Latent Gaussian factors of whole trials: probabilistic PCA and factor analysis, with bins missing.

A trial, flattened to its T N numbers, is y = mu + W z + e with z ~ N(0, I_D) and e ~ N(0, diag(psi)): D numbers a
trial, as a context has, and one factor for each of them. Probabilistic PCA has one psi, factor analysis one a number.
Fitted by expectation maximisation from the principal axes (Tipping and Bishop 1999; Rubin and Thayer 1982), which
leaves missing bins out of every sum instead of filling them in; for complete trials probabilistic PCA is the closed
form itself. Any part of a new trial then predicts the rest: z is inferred from what is seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

MOST_ITERATIONS = 50
SETTLED = 1e-4  # change of the mean log noise variance at which EM stops; 5 to 20 iterations on a recording
SMALLEST_NOISE = 1e-6  # of the mean variance; keeps a constant neuron from weighing infinitely
TEMPERS = tuple(2.0**power for power in range(9))


@dataclass(frozen=True, eq=False)
class FactorModel:
    """y = mean + loadings z + e, z of dimension D; `noise` is the variance of e, expected `temper` times as large.

    Noise of smoothed spikes is correlated over time; taken as white, what is seen of a trial is trusted too much. A
    `temper` above 1, chosen on training trials by `tempered`, mends that (reaching session: forecast .11 for .08).
    """

    mean: Float[np.ndarray, "T N"]
    loadings: Float[np.ndarray, "T N D"]
    noise: Float[np.ndarray, "T N"]
    temper: float = 1.0

    def latents(
        self,
        activity: Float[np.ndarray, "K T N"],
        seen: Bool[np.ndarray, "K T"],
        neurons: Bool[np.ndarray, " N"] | None = None,
    ) -> Float[np.ndarray, "K D"]:
        """The mean of z given the seen bins of the seen `neurons` (all by default)."""
        return _latents(*self._evidence(activity, seen, neurons), self.temper)

    def predict(
        self,
        activity: Float[np.ndarray, "K T N"],
        seen: Bool[np.ndarray, "K T"],
        neurons: Bool[np.ndarray, " N"] | None = None,
    ) -> Float[np.ndarray, "K T N"]:
        """All of each trial, expected from its seen part; unseen values have no influence, whatever they are."""
        return self._expected(self.latents(activity, seen, neurons))

    def tempered(
        self,
        activity: Float[np.ndarray, "K T N"],
        seen: Bool[np.ndarray, "K T"],
        scored: Bool[np.ndarray, "K T"],
        neurons: Bool[np.ndarray, " N"] | None = None,
    ) -> float:
        """The temper with which the scored bins of the unseen neurons (of all, without `neurons`) are predicted best.

        `activity` holds training trials that this model was not fitted on.
        """
        target = slice(None) if neurons is None else ~neurons
        evidence, truth = self._evidence(activity, seen, neurons), activity[:, :, target][scored]
        part = FactorModel(self.mean[:, target], self.loadings[:, target], self.noise[:, target])
        errors = [((truth - part._expected(_latents(*evidence, t))[scored]) ** 2).sum() for t in TEMPERS]
        return TEMPERS[int(np.argmin(errors))]

    def _expected(self, latents: Float[np.ndarray, "K D"]) -> Float[np.ndarray, "K T N"]:
        bins, neurons, dimension = self.loadings.shape
        departure = latents @ self.loadings.reshape(-1, dimension).T
        return np.asarray(self.mean + departure.reshape(-1, bins, neurons))

    def _evidence(
        self,
        activity: Float[np.ndarray, "K T N"],
        seen: Bool[np.ndarray, "K T"],
        neurons: Bool[np.ndarray, " N"] | None = None,
    ) -> tuple[Float[np.ndarray, "K D D"], Float[np.ndarray, "K D"]]:
        use = slice(None) if neurons is None else neurons
        known = np.where(seen[:, :, None], activity[:, :, use], 0.0)
        return _evidence(known, seen, self.mean[:, use], self.loadings[:, use], self.noise[:, use])


def fit_ppca(activity: Float[np.ndarray, "K T N"], recorded: Bool[np.ndarray, "K T"], dimension: int) -> FactorModel:
    """Probabilistic PCA of flattened trials; `dimension` is lowered to K - 1 where there are fewer trials."""
    start = _principal_start(activity, recorded, dimension)
    return start if recorded.all() else _maximise(start, activity, recorded, shared_noise=True)


def fit_factor_analysis(
    activity: Float[np.ndarray, "K T N"], recorded: Bool[np.ndarray, "K T"], dimension: int
) -> FactorModel:
    """Factor analysis of flattened trials; `dimension` is lowered to K - 1 where there are fewer trials."""
    return _maximise(_principal_start(activity, recorded, dimension), activity, recorded, shared_noise=False)


def _principal_start(
    activity: Float[np.ndarray, "K T N"], recorded: Bool[np.ndarray, "K T"], dimension: int
) -> FactorModel:
    """The closed form for complete trials, through the K x K Gram matrix; missing bins stand at their mean."""
    trials, bins, neurons = activity.shape
    count = np.maximum(recorded.sum(0), 1)[:, None]
    mean = np.einsum("ktn,kt->tn", activity, recorded.astype(float), optimize=True) / count
    centred = np.where(recorded[:, :, None], activity - mean, 0.0).reshape(trials, -1)
    values, vectors = np.linalg.eigh(centred @ centred.T / trials)
    kept = max(1, min(dimension, trials - 1))  # of a single trial one factor, which comes out as nothing
    values, vectors = values[::-1][:kept], vectors[:, ::-1][:, :kept]
    size = bins * neurons
    total = float((centred**2).sum()) / trials
    floor = SMALLEST_NOISE * max(total / size, np.finfo(float).tiny)
    noise = max((total - values.sum()) / max(size - kept, 1), floor)
    # axes = centred^T vectors / sqrt(trials values); loadings = axes sqrt(values - noise)
    scale = np.sqrt(np.maximum(values - noise, 0) / np.maximum(values * trials, np.finfo(float).tiny))
    loadings = (centred.T @ vectors) * scale
    return FactorModel(mean, loadings.reshape(bins, neurons, kept), np.full((bins, neurons), noise))


def _maximise(
    model: FactorModel, activity: Float[np.ndarray, "K T N"], recorded: Bool[np.ndarray, "K T"], shared_noise: bool
) -> FactorModel:
    """Expectation maximisation: each step re-estimates mean, loadings and noise of every bin from its own trials."""
    trials, bins, neurons = activity.shape
    weight = recorded.astype(float)
    count = np.maximum(weight.sum(0), 1)
    known = np.where(recorded[:, :, None], activity, 0.0)
    total, square = known.sum(0), np.einsum("ktn,ktn->tn", known, known)
    variance = square / count[:, None] - (total / count[:, None]) ** 2
    floor = SMALLEST_NOISE * max(float(variance.mean()), np.finfo(float).tiny)
    level = np.log(model.noise).mean()
    for _ in range(MOST_ITERATIONS):
        precision, projected = _evidence(known, recorded, model.mean, model.loadings, model.noise)
        spread = np.linalg.inv(np.eye(precision.shape[1]) + precision)
        z = np.einsum("kde,ke->kd", spread, projected)
        # moments of (z, 1) and of activity with (z, 1), over the trials that recorded each bin
        extended = np.concatenate([z, np.ones((trials, 1))], axis=1)
        second = extended[:, :, None] * extended[:, None, :]
        second[:, :-1, :-1] += spread
        width = extended.shape[1]
        moments = (weight.T @ second.reshape(trials, -1)).reshape(bins, width, width)
        cross = (known.reshape(trials, -1).T @ extended).reshape(bins, neurons, width)
        ridge = 1e-9 * trials * np.eye(width)  # for bins that fewer trials recorded than there are factors
        solved = np.swapaxes(np.linalg.solve(moments + ridge, np.swapaxes(cross, 1, 2)), 1, 2)
        residual = square - (solved * cross).sum(2)
        if shared_noise:
            noise = np.full_like(residual, residual.sum() / (weight.sum() * neurons))
        else:
            noise = residual / count[:, None]
        model = FactorModel(solved[:, :, -1], solved[:, :, :-1], np.maximum(noise, floor))
        level, previous = np.log(model.noise).mean(), level
        if abs(level - previous) < SETTLED:
            break
    return model


def _evidence(
    known: Float[np.ndarray, "K T n"],
    seen: Bool[np.ndarray, "K T"],
    mean: Float[np.ndarray, "T n"],
    loadings: Float[np.ndarray, "T n D"],
    noise: Float[np.ndarray, "T n"],
) -> tuple[Float[np.ndarray, "K D D"], Float[np.ndarray, "K D"]]:
    """What is seen says of z: sum W^T W / psi, and sum W^T (y - mu) / psi; `known` is 0 wherever it is not seen."""
    dimension = loadings.shape[2]
    scaled = loadings / noise[:, :, None]
    by_bin = np.swapaxes(scaled, 1, 2) @ loadings
    visible = seen.astype(float)
    precision = (visible @ by_bin.reshape(len(mean), -1)).reshape(-1, dimension, dimension)
    about_zero = known.reshape(len(known), -1) @ scaled.reshape(-1, dimension)
    return precision, about_zero - visible @ (scaled * mean[:, :, None]).sum(1)


def _latents(
    precision: Float[np.ndarray, "K D D"], projected: Float[np.ndarray, "K D"], temper: float
) -> Float[np.ndarray, "K D"]:
    prior = np.eye(precision.shape[1])
    return np.asarray(np.linalg.solve(prior + precision / temper, projected[:, :, None] / temper)[:, :, 0])
