"""
How long a reviewer waits for sound: from the key that votes, or opens the queue, until the next sample plays.

`python -m benchmarks.bench_desk --json` fills a demo of its own (some minutes), serves
it, and lets each of its reviewers work by keyboard in headless Chromium; it prints one
JSON object a row, without the option a table. `--data FOLDER` takes a demo that is there
already and uses up its samples, `--votes` says how many each reviewer casts.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.report import print_results
from tests.journeys.browsers import ARGUMENTS, find_chromium
from tests.journeys.site import REPOSITORY, Site

VOTES = 8
REVIEWERS = 3
QUEUE = "/recording/review/"
# The instants of the last key and of the sound that followed it, kept over a change of pages.
NOTE_TIMES = """
  const now = () => performance.timeOrigin + performance.now();
  addEventListener("keydown", ({ key }) => {
    sessionStorage.pressed = now();
    delete sessionStorage.played;
  }, { capture: true });
  addEventListener("playing", () => (sessionStorage.played ??= now()), { capture: true });
"""
PLAYS = "() => Boolean(sessionStorage.played && document.querySelector('audio')?.currentTime > 0)"
TOOK_MS = "Number(sessionStorage.played) - Number(sessionStorage.pressed)"
HEARD_ENOUGH = """() => Number(document.querySelector("[data-heard-count]").textContent)
  >= Number(document.querySelector("[data-vote-heard]").dataset.neededToReject)"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.bench_desk", description=__doc__)
    parser.add_argument("--data", default="", help="the data folder of a demo that is filled already")
    parser.add_argument("--votes", type=int, default=VOTES, help="votes of each reviewer")
    return print_results(run, parser=parser)


def run(*, data: str = "", votes: int = VOTES) -> Iterator[dict[str, Any]]:
    """Yield one result for each way to the next sample; nothing where there is no browser."""
    chromium = find_chromium()
    if not chromium:
        print("no chromium: the reviewer's desk is not measured", file=sys.stderr)  # noqa: T201
        return
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(data or folder), settings={"DUOLOGUE_DEBUG": "1"})
        if not data:
            for command in ("prepare", "demo"):
                _manage(site, command)
        site.serve()
        try:
            waits, load = _work(site, chromium=chromium, votes=votes)
        finally:
            site.end()
    for way, took_ms in waits.items():
        yield {
            "bench": "desk",
            "way": way,
            "times": len(took_ms),
            "median_ms": round(statistics.median(took_ms)),
            "p95_ms": round(sorted(took_ms)[-(-len(took_ms) * 95 // 100) - 1]),
            "most_ms": round(max(took_ms)),
            "load_average": load,
        }


def _manage(site: Site, command: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", command],
        cwd=REPOSITORY,
        env=site.environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _work(site: Site, *, chromium: str, votes: int) -> tuple[dict[str, list[float]], float]:
    """Let one reviewer after the other work; return the waits of each way, and how busy the machine was."""
    waits: dict[str, list[float]] = defaultdict(list)
    with sync_playwright() as playwright:
        # A browser like a reviewer's: it lets a page play by itself only once somebody has pressed a key.
        arguments = [argument for argument in ARGUMENTS if "autoplay" not in argument]
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        for number in range(REVIEWERS):
            page = _sit_down(browser, site, number=number)
            _review(page, site, votes=votes, waits=waits)
            page.context.close()
        browser.close()
    return dict(waits), round(os.getloadavg()[0], 1)


def _sit_down(browser: Browser, site: Site, *, number: int) -> Page:
    """Return the page of one of the demo's reviewers, signed in."""
    page = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 900}).new_page()
    page.add_init_script(NOTE_TIMES)
    page.goto(f"{site.url}/demo/")
    reviewers = page.get_by_role("article").filter(
        has=page.get_by_role("heading", name="Reviewer", exact=True)
    )
    reviewers.nth(number).get_by_role("button").click()
    page.wait_for_load_state()
    return page


def _review(page: Page, site: Site, *, votes: int, waits: dict[str, list[float]]) -> None:
    """Open the queue, and vote as soon as that is allowed; now and then go by way of the queue again."""
    _open_queue(page, site)
    waits["queue to a new sample"].append(_press(page, "Enter"))
    for number in range(votes):
        if number % 3 == 2:
            _open_queue(page, site)
            waits["queue to the sample still held"].append(_press(page, "Enter"))
        while page.locator("[data-player-speed]").inner_text() != "2.5×":
            page.keyboard.press("]")
        page.wait_for_function(HEARD_ENOUGH)
        page.wait_for_load_state("networkidle")
        # "Unsure" decides nothing, so each sample is there for all three reviewers.
        waits["vote to the next sample"].append(_press(page, "s"))


def _open_queue(page: Page, site: Site) -> None:
    page.goto(site.url + QUEUE, wait_until="networkidle")
    expect(page.locator(".card-next button")).to_be_focused()


def _press(page: Page, key: str) -> float:
    """Press the key; return how many ms later the sound of the next sample played."""
    page.keyboard.press(key)
    page.wait_for_function(PLAYS)
    return float(page.evaluate(TOOK_MS))


if __name__ == "__main__":
    sys.exit(main())
