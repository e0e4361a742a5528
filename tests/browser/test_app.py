"""The app's frame: one list of pages, addresses that open what they say, whoever asks first."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from app_server import Server
from playwright.sync_api import Page, expect

ROOT = Path(__file__).resolve().parents[2]
PAGES = {"": "Explore", "explore": "Explore", "train": "Train", "analyse": "Analyse"}
NAVIGATION = '[data-testid="stTopNavLink"]'


def marker(page: Page, title: str) -> None:
    """Wait for what only the page so titled has."""
    if title == "Train":
        expect(page.get_by_text("Data", exact=True)).to_be_visible()
    elif title == "Analyse":
        expect(page.get_by_text("fixed point").first).to_be_visible()
    else:
        expect(page.get_by_test_id("scrubber")).to_be_visible()


@pytest.mark.parametrize("path", PAGES)
def test_every_address_opens_its_page_as_the_first_request_to_a_fresh_server(
    server: Server, page: Page, path: str
) -> None:
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{server.url}/{path}")
    marker(page, PAGES[path])
    page.wait_for_timeout(1000)  # long enough for a dialog that would follow
    expect(page.get_by_text("Page not found")).to_have_count(0)
    expect(page.locator(NAVIGATION)).to_have_text(["Explore", "Train", "Analyse"])
    assert urlsplit(page.url).path == f"/{path}"
    assert problems == []


def test_the_app_starts_from_another_directory_with_its_own_settings(
    start_server: Callable[..., Server], page: Page, tmp_path: Path
) -> None:
    server = start_server(cwd=tmp_path)
    page.goto(f"{server.url}/train")
    marker(page, "Train")
    page.locator(NAVIGATION).first.click()
    marker(page, "Explore")
    page.locator(NAVIGATION).last.click()
    marker(page, "Analyse")
    page.locator(NAVIGATION).nth(1).click()
    marker(page, "Train")
    assert re.search(r"External URL|Network URL", server.log.read_text("utf-8")) is None  # bound to this machine


def test_no_second_list_of_pages_ever_shows(start_server: Callable[..., Server], page: Page, tmp_path: Path) -> None:
    """Streamlit's own list, of file names, shows until `st.navigation` is reached, which is put off here."""
    slow = tmp_path / "slow"
    slow.mkdir()
    for name in ("jedi", "explorer", "demos", ".streamlit"):
        (slow / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "pages", slow / "pages")
    script = (
        (ROOT / "app.py").read_text("utf-8").replace("page = st.nav", "import time\ntime.sleep(1.5)\npage = st.nav")
    )
    (slow / "app.py").write_text(script, "utf-8")
    page.add_init_script(
        """
        window.flashed = [];
        new MutationObserver(() => {
          const lists = document.querySelectorAll('[data-testid="stSidebarNav"], [data-testid="stSidebarNavItems"]');
          window.flashed.push(...[...lists].map((node) => node.innerText));
        }).observe(document, { childList: true, subtree: true });
        """
    )
    page.goto(f"{start_server(app=slow / 'app.py').url}/train")
    marker(page, "Train")
    assert "time.sleep" in script
    assert page.evaluate("window.flashed") == []


def test_an_unknown_address_says_so_and_shows_the_app(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/nowhere")
    expect(page.get_by_text("Page not found")).to_be_visible()
    marker(page, "Explore")


def test_the_page_asks_nothing_of_any_other_machine(server: Server, page: Page) -> None:
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(re.sub(r"^\w+://([^/:]*).*", r"\1", request.url)))
    page.goto(f"{server.url}/train")
    marker(page, "Train")
    page.wait_for_timeout(1000)
    assert hosts <= {"localhost", ""} | {host for host in hosts if host.startswith(("data", "blob"))}
