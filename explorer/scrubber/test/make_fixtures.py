"""Writes the small models and reference numbers that the JavaScript tests read, into the folder beside it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "tests"))

from packed_fixture import Sizes, jacobian_eigenvalues, observe, packed, states, weights  # noqa: E402

MODELS = {
    "plain": Sizes(),
    "latent": Sizes(
        neurons=9, units=6, rank=3, embedding_dim=10, stride=3, readout=True, initial_state="context", bins=26
    ),
    "bare": Sizes(trials=6, bins=12, neurons=1, units=1, rank=1, embedding_dim=1, components=1, bias=False, width=4),
}


def pairs(values: np.ndarray) -> list[list[float]]:
    """Complex numbers as [re, im]."""
    return [[float(v.real), float(v.imag)] for v in values]


def reference(sizes: Sizes, tensors: dict[str, np.ndarray]) -> dict[str, Any]:
    """What float64 NumPy makes of a context beside the data."""
    rng = np.random.default_rng(7)
    context = tensors["contexts"][2].astype(float) + rng.normal(size=sizes.embedding_dim) * 0.2
    steps = -(-(sizes.bins - 1) // sizes.stride) + 1
    u, v, bias = weights(tensors, sizes, context)
    x = states(tensors, sizes, context, 2, steps)
    y = observe(tensors, x)
    on_bins = np.stack([np.interp(np.arange(sizes.bins) / sizes.stride, np.arange(steps), column) for column in y.T], 1)
    scores = (on_bins - tensors["axes.mean"]) @ tensors["axes.components"].T.astype(float)
    gaps = (tensors["contexts"] - context) / tensors["context_sd"].astype(float)
    distances = np.sqrt((gaps**2).sum(1) / sizes.embedding_dim)
    nearest = int(distances.argmin())
    recorded = tensors["recorded.scores"][nearest].astype(float)
    seen = tensors["recorded.mask"][nearest].astype(bool)
    seen[0] &= sizes.initial_state != "trial"
    r2 = 1 - ((recorded - scores)[seen] ** 2).sum() / (recorded[seen] ** 2).sum()
    coordinates = (context - tensors["map.mean"]) @ tensors["map.components"].T.astype(float)
    return {
        "context": context.tolist(), "trial": 2,
        "u": u.T.ravel().tolist(), "v": v.T.ravel().tolist(), "bias": bias.tolist(),
        "states": x.tolist(), "activity": on_bins.tolist(), "scores": scores.tolist(),
        "eigenvalues": pairs(jacobian_eigenvalues(tensors, sizes, context)), "coordinates": coordinates.tolist(),
        "nearest": nearest, "distance": float(distances[nearest]), "r2": float(r2),
    }  # fmt: skip


def matrices() -> list[dict[str, Any]]:
    """Matrices of several sizes and kinds with NumPy's eigenvalues."""
    rng = np.random.default_rng(3)
    made = [rng.normal(size=(n, n)) for n in (1, 2, 3, 5, 8, 16, 32, 48)]
    orthogonal = np.linalg.qr(rng.normal(size=(9, 9)))[0]
    made += [
        orthogonal,
        orthogonal @ np.diag([3.0, 3, 2, 1, 1, 0, 0, -2, 5]) @ orthogonal.T,
        rng.normal(size=(6, 2)) @ rng.normal(size=(2, 6)),
    ]
    scales = 10.0 ** np.arange(-4, 4)
    made.append(rng.normal(size=(8, 8)) * scales[:, None] / scales[None])
    return [{"n": len(m), "matrix": m.ravel().tolist(), "eigenvalues": pairs(np.linalg.eigvals(m))} for m in made]


def main() -> None:
    """Write everything into fixtures/."""
    folder = HERE / "fixtures"
    folder.mkdir(exist_ok=True)
    for name, sizes in MODELS.items():
        data = packed(sizes)
        (folder / f"{name}.safetensors").write_bytes(data)
        (folder / f"{name}.json").write_text(json.dumps(reference(sizes, load(data))))
    (folder / "matrices.json").write_text(json.dumps(matrices()))


if __name__ == "__main__":
    main()
