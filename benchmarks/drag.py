"""Frames a second of a drag of the probe in headless Chromium, which draws in software, beside the limit.

    python -m benchmarks.drag

The app is served as a user has it. A frame is a complete redraw: weights, rollout, eigenvalues and every view. Two
hands drag the probe: a mouse that reports 125 places a second through the browser's own input, as a real one does,
and events made in the page, one for every frame that the browser offers (60 a second at most). Needs the test tools
and Chromium.
"""

from __future__ import annotations

import asyncio
import math
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

from playwright.async_api import Page, async_playwright

ROOT = Path(__file__).resolve().parents[1]
LIMIT, SECONDS = 50.0, 5.0
MOUSE_HZ = 125.0

IN_PAGE = """seconds => new Promise(done => {
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
    options = ["--server.headless", "true", "--server.port", str(port)]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", *options]
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


async def frames(page: Page) -> int:
    """Complete redraws since the component was mounted."""
    return int(await page.get_by_test_id("scrubber").get_attribute("data-frames") or 0)


async def with_the_mouse(page: Page, seconds: float) -> float:
    """Redraws a second over a drag with the browser's own input, which waits for no answer."""
    box = await page.get_by_test_id("scrubber-map").bounding_box()
    assert box is not None
    left, top, width, height = box["x"], box["y"], box["width"], box["height"]

    def place(spent: float) -> tuple[float, float]:
        return left + width * (0.5 + 0.3 * math.cos(3 * spent)), top + height * (0.5 + 0.3 * math.sin(4 * spent))

    await page.mouse.move(*place(0))
    await page.mouse.down()
    first, began, sent = await frames(page), time.monotonic(), []
    while (spent := time.monotonic() - began) < seconds:
        sent.append(asyncio.create_task(page.mouse.move(*place(spent))))
        await asyncio.sleep(max(0.0, len(sent) / MOUSE_HZ - (time.monotonic() - began)))
    await asyncio.gather(*sent)
    rate = (await frames(page) - first) / (time.monotonic() - began)
    await page.mouse.up()
    return rate


async def measure(page: Page, url: str) -> dict[str, tuple[float, float]]:
    """Redraws a second for each hand, and the 95th percentile of the time that computing and drawing took, in ms."""
    await page.goto(url)
    await page.wait_for_function("() => document.querySelector('[data-testid=scrubber]')?.dataset.resting === 'true'")
    found = {}
    for name, drag in (("mouse", with_the_mouse), ("in the page", lambda page, s: page.evaluate(IN_PAGE, s))):
        await drag(page, 1.0)
        rate = float(await drag(page, SECONDS))
        await page.wait_for_timeout(600)
        slow = await page.get_by_test_id("scrubber").get_attribute("data-frame-ms-p95")
        found[name] = (rate, float(slow or "nan"))
    return found


def load() -> str:
    """How busy the machine is: processes that want a core, over the last minute."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores" if hasattr(os, "getloadavg") else "load unknown"


async def main() -> None:
    """Print the rate of each demo under each hand and its ratio to the limit."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with served() as url:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            print(f"Chromium {browser.version}, software rendering, 1440 x 900; limit {LIMIT:.0f} frames/s, 60 offered")
            for path in sorted((ROOT / "demos").glob("*.safetensors")):
                page = await browser.new_page(viewport={"width": 1440, "height": 900})
                found = await measure(page, f"{url}/?run=demo:{path.stem}")
                for name, (rate, slow) in found.items():
                    verdict = f"{rate / LIMIT:.2f} of the limit"
                    print(f"{path.stem}, {name}: {rate:.1f} frames/s, {verdict}; 95 % within {slow:.1f} ms; {load()}")
                await page.close()
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
