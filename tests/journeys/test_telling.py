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

# What the live region is filled with, one entry for each time.
_NOTE_WHAT_IS_SAID = """() => {
  const line = document.querySelector("#sample-said");
  window.said = [];
  new MutationObserver(() => window.said.push(line.textContent)).observe(line, { childList: true });
}"""
_LOOK_AWAY = """(isAway) => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => isAway });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
_PLAY = """async () => {
  window.sound = document.querySelector("#sample-sound");
  await window.sound.play();
}"""


@pytest.fixture
def read(browser: Browser, site: Site, staff: dict[str, str]) -> Iterator[Read]:
    """Return a function that opens a page for somebody who is signed in, on a telephone in their language."""
    contexts, faults = [], []

    def open_page(session: str, path: str, *, locale: str = "en-US") -> Page:
        context = browser.new_context(locale=locale, viewport=PHONE, reduced_motion="reduce")
        contexts.append(context)
        context.on("weberror", lambda error: faults.append(str(error.error)))
        context.set_default_timeout(20_000)
        context.add_cookies([{"name": "sessionid", "value": session, "domain": "127.0.0.1", "path": "/"}])
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


def test_page_asks_only_while_somebody_looks_and_something_can_change(read, site):
    told = site.stage("bring_sample", status="in_review", language="en")
    page = read(told["session"], "/account/news/")
    page.clock.install()
    page.clock.pause_at(timezone.now() + timedelta(minutes=1))
    page.goto(site.url + address(told["sample"]))
    asked: list[str] = []
    page.on("requestfinished", lambda request: "?was=" in request.url and asked.append(request.url))
    page.evaluate(_NOTE_WHAT_IS_SAID)

    def expect_asks(count: int, *, while_: Callable[[], object]) -> None:
        before = len(asked)
        while_()
        wait_until(lambda: page.evaluate("1") and len(asked) >= before + count, what="the page to ask")
        assert len(asked) == before + count

    def pass_time(seconds: int) -> Callable[[], object]:
        return lambda: page.clock.run_for(seconds * 1000)

    # In review it asks each 30 seconds, in the cross review each 60.
    expect_asks(1, while_=pass_time(30))
    page.evaluate(_LOOK_AWAY, True)
    expect_asks(0, while_=pass_time(600))
    expect_asks(1, while_=lambda: page.evaluate(_LOOK_AWAY, False))
    assert page.evaluate("window.said") == []

    site.stage("move_on", sample=told["sample"], to="cross_review")
    expect_asks(1, while_=pass_time(30))
    shown = page.locator("#sample-live")
    expect(shown.get_by_text("A lead reviewer listens and decides.")).to_be_visible()
    expect_asks(1, while_=pass_time(61))
    (said,) = page.evaluate("window.said")
    assert "A lead reviewer listens and decides." in said

    site.stage("move_on", sample=told["sample"], to="approved")
    expect_asks(1, while_=pass_time(60))
    expect(shown.get_by_text("Your sample is approved")).to_be_visible()
    expect_asks(0, while_=pass_time(600))
    expect_asks(0, while_=lambda: come_back(page))
    assert len(page.evaluate("window.said")) == 2


def test_sound_that_is_heard_plays_on_when_the_page_changes(read, site, tmp_path):
    session = site.stage("bring_speaker", language="en")["session"]
    page = read(session, SENDING_PAGE)
    send(page, make_talk(tmp_path / "talk.mp3", seconds=45, seed=6))
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
