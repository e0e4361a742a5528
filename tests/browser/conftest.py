"""A fresh server and a Chromium page for each test that asks for them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from app_server import Server, free_port, wait_until_healthy
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start servers, each fresh: `start_server(cwd=..., env={...}, app=...)`; all are stopped at the end."""
    started: list[subprocess.Popen[bytes]] = []

    def start(cwd: Path = ROOT, env: dict[str, str] | None = None, app: Path = ROOT / "app.py") -> Server:
        runs, data, log = tmp_path / "runs", tmp_path / "datasets", tmp_path / f"server-{len(started)}.log"
        port = free_port()
        command = [sys.executable, "-m", "streamlit", "run", str(app)]
        options = ["--server.headless", "true", "--server.port", str(port)]
        variables = {**os.environ, "JEDI_RUNS": str(runs), "JEDI_DATA": str(data), **(env or {})}
        with log.open("wb") as output:
            process = subprocess.Popen(
                command + options, cwd=cwd, env=variables, stdout=output, stderr=subprocess.STDOUT
            )
        started.append(process)
        url = f"http://localhost:{port}"
        wait_until_healthy(url, process, log)
        return Server(url, runs, data, log, process)

    yield start
    for process in started:
        process.terminate()
    for process in started:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


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
