"""Which browser there is, and how it is started."""

import os
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

# Without a window of its own the same browser needs a third less of the processor.
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--autoplay-policy=no-user-gesture-required",
    "--mute-audio",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]


def find_chromium() -> str:
    """Return the browser's program, "" when there is none."""
    named = [os.environ.get("CHROMIUM", ""), *(shutil.which(name) or "" for name in PROGRAMS)]
    found = next((path for path in named if path and Path(path).exists()), "")
    return found or _playwrights_own()


def _playwrights_own() -> str:
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else ""
