"""Train, driven as a person would: simulate, train, reload in mid-training, stop, resume, delete, explore."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from app_server import Server
from playwright.sync_api import Page, expect

from jedi.dataset import load_dataset
from jedi.synthetic import simulate_multitask
from tests.nwb_files import poisson, rows, write_nwb

SLOW_MS = 120_000  # training starts a process that imports PyTorch


@pytest.fixture
def small_set(server: Server) -> str:
    """A dataset that trains in seconds."""
    server.data.mkdir(parents=True, exist_ok=True)
    simulate_multitask(neurons=30, trials=6, seed=0, steps=60).save(server.data / "small.h5")
    return "small"


def open_train(server: Server, page: Page, run: str | None = None) -> None:
    page.goto(f"{server.url}/train" + (f"?run={run}" if run else ""))
    expect(page.get_by_text("Data", exact=True)).to_be_visible()


def fill(page: Page, label: str, text: str) -> None:
    """Type into a field, and wait until the page has taken it."""
    field = page.get_by_label(label)
    field.fill(text)
    field.press("Enter")
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)


def start(page: Page, name: str, steps: int) -> None:
    """Fill in the form and press Train."""
    page.get_by_text("More settings").click()
    fill(page, "Optimiser steps", str(steps))
    fill(page, "Name of the run", name)
    page.get_by_role("button", name="Train", exact=True).click()


def status(server: Server, name: str) -> dict[str, object]:
    return dict(json.loads((server.runs / name / "status.json").read_text("utf-8")))


def state(page: Page, text: str | re.Pattern[str]) -> None:
    expect(page.locator(".st-key-run-title")).to_contain_text(text, timeout=SLOW_MS)


def test_simulate_train_to_the_end_and_explore(server: Server, page: Page) -> None:
    open_train(server, page)
    fill(page, "Trials of each kind", "6")
    fill(page, "Neurons", "30")
    page.get_by_role("button", name="Simulate", exact=True).click()
    expect(page.get_by_text("24 trials of 150 bins")).to_be_visible(timeout=SLOW_MS)
    start(page, "first", 300)
    state(page, re.compile("done"))
    expect(page.get_by_text("Held-out R²").first).to_be_visible(timeout=SLOW_MS)
    figures = json.loads((server.runs / "first" / "figures.json").read_text("utf-8"))
    expect(page.get_by_test_id("stMetricValue").filter(has_text=f"{figures['r2_held_out']:.3f}").first).to_be_visible()
    page.get_by_role("link", name="Explore").last.click()
    expect(page.get_by_test_id("scrubber")).to_be_visible()
    assert "run=first" in page.url
    context = json.loads(page.get_by_test_id("scrubber").get_attribute("data-context") or "[]")
    assert len(context) == json.loads((server.runs / "first" / "config.json").read_text())["recipe"]["embedding_dim"]


def test_a_reload_in_mid_training_attaches_again_then_stop_resume_delete(
    server: Server, page: Page, small_set: str
) -> None:
    open_train(server, page)
    start(page, "long", 100_000)
    state(page, "training")
    expect(page.get_by_text(re.compile(r"^Epoch of [\d,]+$")).first).to_be_visible(timeout=SLOW_MS)
    pid = status(server, "long")["pid"]

    page.reload()
    state(page, "training")
    assert status(server, "long")["pid"] == pid

    page.get_by_role("button", name="Stop", exact=True).click()
    state(page, "stopped")
    stopped_at = int(str(status(server, "long")["epoch"]))
    assert status(server, "long")["state"] == "stopped"

    page.get_by_role("button", name="Resume", exact=True).click()
    state(page, "training")
    page.get_by_role("button", name="Stop", exact=True).click()
    state(page, "stopped")
    assert int(str(status(server, "long")["epoch"])) > stopped_at

    page.get_by_role("button", name="Delete", exact=True).click()
    assert (server.runs / "long").exists()  # the first press only asks
    page.get_by_role("button", name="Delete this run").click()
    expect(page.get_by_text("None yet")).to_be_visible()
    assert not (server.runs / "long").exists()


def test_training_outlives_its_server(start_server: Callable[..., Server], page: Page, tmp_path: Path) -> None:
    first = start_server()
    first.data.mkdir(parents=True, exist_ok=True)
    simulate_multitask(neurons=30, trials=6, seed=0, steps=60).save(first.data / "small.h5")
    open_train(first, page)
    start(page, "long", 100_000)
    state(page, "training")
    pid = status(first, "long")["pid"]
    first.process.terminate()
    first.process.wait(20)

    second = start_server()
    open_train(second, page, "long")
    state(page, "training")
    assert status(second, "long")["pid"] == pid
    page.get_by_role("button", name="Stop", exact=True).click()
    state(page, "stopped")


def test_a_killed_run_says_so_and_can_be_resumed(server: Server, page: Page, small_set: str) -> None:
    open_train(server, page)
    start(page, "long", 100_000)
    state(page, "training")
    expect(page.get_by_text(re.compile(r"^Epoch of [\d,]+$")).first).to_be_visible(timeout=SLOW_MS)
    os.kill(int(str(status(server, "long")["pid"])), signal.SIGKILL)
    state(page, "ended without a word")
    page.get_by_role("button", name="Resume", exact=True).click()
    state(page, "training")
    page.get_by_role("button", name="Stop", exact=True).click()
    state(page, "stopped")


def test_a_recording_is_imported_by_its_path_with_what_was_chosen(server: Server, page: Page, tmp_path: Path) -> None:
    starts = np.arange(2, 62, 2.0)
    columns = {"cue_time": starts + 0.2, "result": ["R", "F"] * 15}
    spikes = [poisson(20, 64, seed) for seed in range(6)]
    areas = {"location": ["M1", "M1", "M1", "PMd", "PMd", "PMd"]}
    write_nwb(tmp_path / "session.nwb", spikes, rows(starts, **columns), units=areas)
    open_train(server, page)
    page.get_by_text("Recording", exact=True).click()
    fill(page, "Path of the recording", str(tmp_path / "session.nwb"))
    expect(page.get_by_text("6 units in M1, PMd")).to_be_visible(timeout=SLOW_MS)
    page.get_by_label("Event at time 0").click()
    page.get_by_role("option", name="cue_time").click()
    fill(page, "From, s", "-0.10")
    fill(page, "To, s", "0.50")
    fill(page, "Bin, ms", "20")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("30 trials of 30 bins of 20 ms")).to_be_visible(timeout=SLOW_MS)
    options = load_dataset(server.data / "session.h5").source["options"]
    assert options["align"] == "cue_time"
    assert options["window"] == [-0.1, 0.5]
    assert set(options["areas"]) <= {"M1", "PMd"}
    page.get_by_text("What the import kept and left out").click()
    expect(page.get_by_text("Gaussian of SD 40 ms")).to_be_visible()


def test_a_recording_that_cannot_be_used_is_refused_in_place(server: Server, page: Page, tmp_path: Path) -> None:
    (tmp_path / "page.nwb").write_text("<!DOCTYPE html><html></html>", "utf-8")
    open_train(server, page)
    page.get_by_text("Recording", exact=True).click()
    fill(page, "Path of the recording", str(tmp_path / "page.nwb"))
    expect(page.get_by_role("alert").filter(has_text="this is a web page")).to_be_visible(timeout=SLOW_MS)
    fill(page, "Path of the recording", str(tmp_path / "none.nwb"))
    expect(page.get_by_role("alert").filter(has_text="no such file")).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_role("button", name="Import", exact=True)).to_have_count(0)


def test_a_name_that_leads_elsewhere_is_refused_in_one_line(server: Server, page: Page, small_set: str) -> None:
    open_train(server, page)
    start(page, "../escaped", 100)
    expect(page.get_by_text("cannot be used: take 1 to 80 letters")).to_be_visible()
    assert not (server.runs.parent / "escaped").exists()


def test_a_dataset_that_is_none_is_refused_with_its_reason(server: Server, page: Page) -> None:
    server.data.mkdir(parents=True, exist_ok=True)
    (server.data / "broken.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    open_train(server, page)
    expect(page.get_by_role("alert").filter(has_text="broken.h5")).to_be_visible()
    expect(page.get_by_role("button", name="Train", exact=True)).to_have_count(0)


def test_text_from_a_dataset_is_shown_letter_by_letter(server: Server, page: Page) -> None:
    server.data.mkdir(parents=True, exist_ok=True)
    dataset = simulate_multitask(neurons=20, trials=3, seed=0, steps=40)
    name = "<img src=x onerror=window.pwned=1> **bold** $x$"
    trials = dataset.trials.rename(columns={"kind": name})
    replace(dataset, trials=trials, label=name).save(server.data / "hostile.h5")
    open_train(server, page)
    expect(page.get_by_text(f"labelled by {name}")).to_be_visible()
    assert page.evaluate("window.pwned") is None
