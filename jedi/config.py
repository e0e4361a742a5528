"""Everything a training run can be told, validated once, and the recipe that follows from it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class TrainConfig(BaseModel):
    """What the user asks for; None leaves a choice to the preset (docs/presets.md)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    preset: Literal["auto", "clean", "single-trial"] = "auto"
    rank: int | None = Field(None, ge=1, le=512)
    embedding_dim: int | None = Field(None, ge=1, le=1024)
    steps: int | None = Field(None, ge=1)  # optimiser steps
    batch: int | None = Field(None, ge=1)  # trials a step
    normalise: Literal["none", "z-score", "soft"] | None = None
    jitter: float | None = Field(None, ge=0)  # noise on contexts in training, in their SD
    hold_out: float = Field(0.2, ge=0, le=0.8)  # share of trials kept out of training
    split_seed: int = Field(0, ge=0, lt=2**32)  # which trials those are
    seed: int = Field(0, ge=0, lt=2**32)  # initial parameters, order of trials, noise
    device: str = "auto"
    patience: int | None = Field(None, ge=1)  # epochs without a better loss before an early stop
    permute_contexts: bool = False  # control: start contexts shuffled over trials


class Recipe(BaseModel):
    """Every number that training uses, as resolved from a preset, the data and the user's wishes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    preset: Literal["clean", "single-trial"]
    reason: str  # why this preset, in one sentence
    rank: int
    embedding_dim: int
    width: int
    units: int | None  # latent units with a readout; None: one unit a neuron
    initial_state: Literal["trial", "context"]
    dt_over_tau: float
    stride: int  # data bins a model step
    normalise: Literal["none", "z-score", "soft"]

    steps: int
    batch: int
    rate: float  # hypernetwork and readout
    context_rate: float  # contexts and the first state's map
    log_sd_rate: float
    betas: tuple[float, float]
    clip: float
    horizon_start: int  # bins of the first epoch's rollout
    horizon_share: float  # part of the epochs over which it grows to the whole trial

    context_start: Literal["random", "pca"]
    context_sd: float  # of random starts
    jitter: float  # fixed noise on contexts, in SD over trials
    jitter_end: float  # what it has fallen to at the end, over the last 30 % of the steps
    variational: bool  # learned noise, one SD a dimension, with a KL term
    kl_weight: float
    nested_dropout: bool
    weigh_residuals: bool  # neurons weighted by their inverse residual variance

    infer_steps: int
    infer_rate: float
    infer_start: Literal["best", "mean"]
    infer_penalty: float
