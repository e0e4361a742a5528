"""Frames a second of a drag of the probe in headless Chromium, which draws in software, beside the limit.

    python -m benchmarks.drag

The app is served as a user has it. The pointer is moved once in every frame that the browser offers (60 a second at
most) and the complete redraws are counted: weights, rollout, eigenvalues and every view. Needs the test tools and
Chromium.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
LIMIT, SECONDS = 50.0, 5.0

DRAG = """seconds => new Promise(done => {
  const map = document.querySelector('[data-testid=scrubber-map]');
  const root = document.querySelector('[data-testid=scrubber]');
  const box = map.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  map.setPointerCapture = () => {};
  const send = (type, dx, dy) => map.dispatchEvent(
    new PointerEvent(type, { clientX: x + dx, clientY: y + dy, pointerId: 1, button: 0, buttons: 1, bubbles: true }));
  send('pointerdown', 0, 0);
  const began = performance.now();
  const first = Number(root.dataset.frames);
  const turn = () => {
    const spent = (performance.now() - began) / 1000;
    send('pointermove', 0.3 * box.width * Math.cos(3 * spent), 0.3 * box.height * Math.sin(4 * spent));
    if (spent < seconds) return requestAnimationFrame(turn);
    send('pointerup', 0, 0);
    done((Number(root.dataset.frames) - first) / spent);
  };
  requestAnimationFrame(turn);
})"""


@contextmanager
def served() -> Iterator[str]:
    """The app on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "app.py",
        "--server.headless",
        "true",
        "--server.port",
        str(port),
    ]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        url = f"http://localhost:{port}"
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{url}/_stcore/health", timeout=2).close()
                break
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def frames_a_second(page: Page, url: str) -> tuple[float, float]:
    """Redraws a second over a drag, and the 95th percentile of the time that one took, in ms."""
    page.goto(url)
    root = page.get_by_test_id("scrubber")
    page.wait_for_function("() => Number(document.querySelector('[data-testid=scrubber]')?.dataset.frames) > 3")
    page.evaluate(DRAG, 1.0)
    rate = float(page.evaluate(DRAG, SECONDS))
    page.wait_for_timeout(600)
    return rate, float(root.get_attribute("data-frame-ms-p95") or "nan")


def main() -> None:
    """Print the rate of each demo and its ratio to the limit."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with served() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        print(f"{os.cpu_count()} cores; Chromium {browser.version}, software rendering; 1440 x 900")
        for path in sorted((ROOT / "demos").glob("*.safetensors")):
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            rate, slow = frames_a_second(page, f"{url}/?run=demo:{path.stem}")
            print(f"{path.stem}: {rate:.1f} frames/s, 95 % of them computed and drawn within {slow:.1f} ms")
            print(f"{path.stem} frames a second / limit: {rate / LIMIT:.2f} (at least 1; 1.2 is all that is offered)")
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
