"""News of a sample: on its page by itself, in the reader's language, and once by SMS."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from tests.journeys.looking import PHONE, find_faults
from tests.journeys.site import Site, wait_until
from tests.journeys.voices import make_talk

pytestmark = pytest.mark.browser

SENDING_PAGE = "/recording/sample/?project=strict"
Read = Callable[..., Page]

_LOOK_AWAY = """(isAway) => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => isAway });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
_PLAY = """async () => {
  window.sound = document.querySelector("#sample-sound");
  await window.sound.play();
}"""
# A telephone's older browser moves an element without the method that keeps its state.
_WITHOUT_MOVE_BEFORE = "delete Element.prototype.moveBefore"


@pytest.fixture
def read(browser: Browser, site: Site, staff: dict[str, str]) -> Iterator[Read]:
    """Return a function that opens a page for somebody who is signed in, on a telephone in their language."""
    contexts, faults = [], []

    def open_page(session: str, path: str, *, locale: str = "en-US", before: str = "") -> Page:
        context = browser.new_context(locale=locale, viewport=PHONE, reduced_motion="reduce")
        contexts.append(context)
        context.on("weberror", lambda error: faults.append(str(error.error)))
        context.set_default_timeout(20_000)
        context.add_cookies([{"name": "sessionid", "value": session, "domain": "127.0.0.1", "path": "/"}])
        if before:
            context.add_init_script(before)
        page = context.new_page()
        page.goto(site.url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not faults


def send(page: Page, sound: Any) -> list[str]:
    """Send the file; return the list into which every page goes that is loaded from here on."""
    loaded: list[str] = []
    page.on("domcontentloaded", lambda at: loaded.append(at.url))
    page.locator("input[type=file]").set_input_files(sound)
    page.locator("[data-upload-send]").click()
    page.wait_for_url("**/recording/sample/*/")
    return loaded


def address(sample: str) -> str:
    return f"/recording/sample/{sample}/"


def come_back(page: Page) -> None:
    """Put the telephone away and look at it again: the page asks at once."""
    page.evaluate(_LOOK_AWAY, True)
    page.evaluate(_LOOK_AWAY, False)


def messages_to(site: Site, phone: str) -> list[str]:
    box = site.data_dir / "sms.jsonl"
    lines = box.read_text(encoding="utf-8").splitlines() if box.exists() else []
    return [told["text"] for told in map(json.loads, lines) if told["to"] == phone]


@pytest.mark.parametrize(
    ("language", "locale", "words", "advice", "again"),
    [
        (
            "en",
            "en-US",
            "Your recording is 0:04 long; it must be between 0:20 and 1:00.",
            "Talk until the clock on your phone is in the range, then stop.",
            "Send a new sample",
        ),
        (
            "zh-hans",
            "zh-CN",
            "录音时长 0:04，须在 0:20 到 1:00 之间。",
            "请看着手机上的计时，聊够要求的时长再停。",
            "发送新试音",
        ),
    ],
)
def test_file_that_is_too_short_is_refused_before_the_eyes(
    read, site, tmp_path, language, locale, words, advice, again
):
    session = site.stage("bring_speaker", language=language)["session"]
    page = read(session, SENDING_PAGE, locale=locale)

    loaded = send(page, make_talk(tmp_path / "talk.mp3", seconds=4, seed=5))

    shown = page.locator("#sample-live")
    expect(shown.get_by_text(words)).to_be_visible(timeout=60_000)
    expect(shown.get_by_text(advice)).to_be_visible()
    expect(page.get_by_role("link", name=again)).to_be_visible()
    assert loaded == [page.url]


def test_rejected_person_reads_why_and_when_again_and_gets_one_message(read, site):
    told = site.stage("bring_sample", status="cross_review", language="en")
    page = read(told["session"], address(told["sample"]))
    expect(page.get_by_text("A lead reviewer listens and decides.")).to_be_visible()
    day = timezone.localtime(timezone.now() + timedelta(days=7))

    site.stage("move_on", sample=told["sample"], to="rejected")
    come_back(page)

    expect(page.get_by_text("Your sample was not approved")).to_be_visible()
    for words in ("There is too much noise in the background.", "Choose a quiet room, close the windows"):
        expect(page.get_by_text(words)).to_be_visible()
    expect(page.get_by_text(f"{day.day} {day:%b %Y}").last).to_be_visible()
    expect(page.get_by_text("A new sample is how to say so")).to_be_visible()
    assert find_faults(page, "sample-rejected") == []
    for task in ("tell outcomes of samples", "deliver messages", "deliver messages"):
        site.run_periodic(task)
    (text,) = messages_to(site, told["phone"])
    assert text.startswith(f"【Duologue】Sample not approved. Retry from {day.day} {day:%b}, ")
    assert text.endswith(". Why: sign in")


@pytest.mark.parametrize(
    ("before", "seed"), [("", 6), (_WITHOUT_MOVE_BEFORE, 7)], ids=["newest browser", "older browser"]
)
def test_sound_that_is_heard_plays_on_when_the_page_changes(read, site, tmp_path, before, seed):
    session = site.stage("bring_speaker", language="en")["session"]
    page = read(session, SENDING_PAGE, before=before)
    send(page, make_talk(tmp_path / "talk.mp3", seconds=45, seed=seed))
    shown = page.locator("#sample-live")
    expect(shown.get_by_text("0 of 2 reviewers have listened.")).to_be_visible(timeout=60_000)
    page.evaluate(_PLAY)
    wait_until(lambda: page.evaluate("window.sound.currentTime > 0.5"), what="the sound to play")

    site.stage("move_on", sample=page.url.strip("/").split("/")[-1], to="cross_review")
    at = page.evaluate("window.sound.currentTime")
    come_back(page)
    expect(shown.get_by_text("A lead reviewer listens and decides.")).to_be_visible()

    assert page.evaluate("window.sound === document.querySelector('#sample-sound')")
    assert page.evaluate("window.sound.paused") is False
    wait_until(lambda: page.evaluate("(at) => window.sound.currentTime > at + 0.5", at), what="it to go on")
