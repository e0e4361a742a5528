"""A fresh server and a Chromium page for each test that asks for them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from app_server import Server, free_port, wait_until_healthy
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from jedi.run_folder import read_status

ROOT = Path(__file__).resolve().parents[2]

expect.set_options(timeout=30_000)  # what is on its way is waited for, also where two cores do much else


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


class Servers:
    """Starts servers, each fresh, with runs and datasets in one folder; `stop` ends them all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[subprocess.Popen[bytes]] = []

    def __call__(self, cwd: Path = ROOT, env: dict[str, str] | None = None, app: Path = ROOT / "app.py") -> Server:
        runs, data = self.folder / "runs", self.folder / "datasets"
        log = self.folder / f"server-{len(self.started)}.log"
        port = free_port()
        command = [sys.executable, "-m", "streamlit", "run", str(app)]
        options = ["--server.headless", "true", "--server.port", str(port)]
        variables = {**os.environ, "JEDI_RUNS": str(runs), "JEDI_DATA": str(data), **(env or {})}
        with log.open("wb") as output:
            process = subprocess.Popen(
                command + options, cwd=cwd, env=variables, stdout=output, stderr=subprocess.STDOUT
            )
        self.started.append(process)
        url = f"http://localhost:{port}"
        wait_until_healthy(url, process, log)
        return Server(url, runs, data, log, process)

    def stop(self) -> None:
        for process in self.started:
            process.terminate()
        for process in self.started:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._end_training()

    def _end_training(self) -> None:
        """Runs outlive their server by design; those of a test that failed half-way must not slow the next."""
        for folder in (self.folder / "runs").glob("*/"):
            status = read_status(folder)
            if status["state"] == "running":
                os.kill(int(status["pid"]), signal.SIGKILL)


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start servers, each fresh: `start_server(cwd=..., env={...}, app=...)`; all are stopped at the end."""
    servers = Servers(tmp_path)
    yield servers
    servers.stop()


@pytest.fixture(scope="session")
def demo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests that only look at the demos."""
    servers = Servers(tmp_path_factory.mktemp("demos"))
    yield servers()
    servers.stop()


@pytest.fixture
def server(start_server: Callable[..., Server]) -> Server:
    """A fresh server with empty folders for runs and datasets."""
    return start_server()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium of the machine; without one the test is skipped, or fails where JEDI_REQUIRE_BROWSER is set."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        if os.environ.get("JEDI_REQUIRE_BROWSER"):
            pytest.fail("JEDI_REQUIRE_BROWSER is set, but no chromium is on the PATH")
        pytest.skip("no chromium on the PATH")
    with sync_playwright() as playwright:
        instance = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield instance
        instance.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A window of 1440 x 900 with nothing remembered."""
    window = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light")
    window.set_default_timeout(30_000)
    yield window
    window.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A tab, not yet anywhere: `page.goto(server.url)`."""
    return context.new_page()


@pytest.fixture
def screenshots() -> Path:
    """Where a test may leave pictures to be looked at (ignored by git)."""
    folder = ROOT / "screenshots"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder that takes the place of demos/."""
    folder = tmp_path / "demos"
    folder.mkdir()
    return folder


@pytest.fixture
def show(start_server: Callable[..., Server], page: Page, models: Path) -> Callable[[bytes], None]:
    """Open a packed model: `show(data)` puts it in the place of the first demo."""

    def open_model(data: bytes) -> None:
        (models / "multitask.safetensors").write_bytes(data)
        page.goto(start_server(env={"JEDI_DEMOS": str(models)}).url)

    return open_model
