"""What an operator does: the door, the console with keys and buttons, the files, the end."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.journeys.people import Visitor


def check_in(operator: Visitor) -> None:
    """Let both in at the door."""
    page = operator.open("/recording/sessions/")
    operator.look("session-list")
    page.get_by_role("link", name="Check in").first.click()
    operator.look("check-in")
    for label in ("Identity of A seen", "Identity of B seen", "Both microphones checked"):
        page.get_by_label(label).check()
    operator.press("Check in")
    page.wait_for_url("**/console/")
    operator.look("console")


def talk(operator: Visitor) -> None:
    """Start the talk, change the topic, write a note, pause: by keys and by buttons."""
    page = operator.page
    page.locator("h1").click()
    page.keyboard.press("Space")
    expect(page.locator("[data-show=talking]").first).to_be_visible()
    page.keyboard.press("t")
    expect(page.locator("[data-say=topic-name]")).not_to_be_empty()
    page.keyboard.press("n")
    page.keyboard.type("隔壁有人关门")
    page.keyboard.press("Enter")
    expect(page.locator("[data-say=free-talk]")).to_have_text(re.compile(r"00:(0[2-9]|[1-5]\d)"))
    operator.press("Pause the talk")
    expect(page.get_by_role("button", name="Start the talk")).to_be_visible()


def read_dialogues(operator: Visitor, *, count: int) -> None:
    """Record some dialogues while the network comes and goes, then one that needs a second take."""
    page = operator.page
    page.keyboard.press("ArrowRight")
    for number in range(1, count + 1):
        expect(page.locator(f"[data-dialogue='{number}']")).to_be_visible()
        if number == 2:
            operator.context.set_offline(True)
        page.keyboard.press("ArrowRight")
    expect(page.locator("[data-show=offline]")).to_be_visible()
    operator.context.set_offline(False)
    _expect_saved(page)
    page.keyboard.press("x")
    page.keyboard.press("1")
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-say=done]")).to_have_text(str(count + 1))
    _expect_saved(page)
    page.reload()
    expect(page.locator("[data-say=done]")).to_have_text(str(count + 1))


def _expect_saved(page: Page) -> None:
    expect(page.locator("[data-show=saved]")).to_be_visible(timeout=20_000)


def attach(operator: Visitor, files: dict[str, Path]) -> None:
    """Attach each speaker's file and wait until the worker has measured it."""
    page = operator.page
    page.get_by_role("link", name="To the end").click()
    operator.look("finish")
    for number, (speaker, file) in enumerate(files.items(), start=1):
        page.get_by_label("Whose voice").select_option(speaker)
        page.locator("input[type=file]").set_input_files(file)
        operator.press("Attach")
        expect(page.get_by_text("SHA-256")).to_have_count(number)
    usable = page.get_by_text("Usable", exact=True)
    operator.reload_until(usable, count=len(files), what="the files to be measured")


def finish_short(operator: Visitor, *, reason: str) -> str:
    """Close the session, which asks why it is short; return the address of its page."""
    page = operator.page
    operator.press("Close it short")
    expect(page.get_by_text("The session is short.")).to_be_visible()
    page.get_by_label("Why is it closed like this?").fill(reason)
    operator.press("Close it short")
    expect(page.get_by_role("heading", name="Timeline")).to_be_visible()
    operator.look("session-detail")
    return page.url.removeprefix(operator.site.url)
