"""A recording on its way in: made in the page, cut, left, gone on with, in the hands of the right person."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Request, expect

from tests.journeys.browsers import ARGUMENTS, find_chromium
from tests.journeys.cutter import Cutter, bad_connection
from tests.journeys.looking import PHONE, find_faults
from tests.journeys.participants import wait_recorded
from tests.journeys.site import Site, wait_until
from tests.journeys.voices import make_talk

pytestmark = [pytest.mark.browser, pytest.mark.heavy]

DATA = random.Random(11).randbytes(2_400_000)
PIECE = 512 * 1024  # of static/js/upload.js
PAGE = "/recording/sample/?project=short"
SPEAKERS = 9
COUNT_KEPT = """() => new Promise((resolve) => {
  const opening = indexedDB.open("duologue-kept", 1);
  opening.onsuccess = () => {
    const counting = opening.result.transaction("chunks").objectStore("chunks").count();
    counting.onsuccess = () => { opening.result.close(); resolve(counting.result); };
  };
})"""


@pytest.fixture(scope="module")
def sessions(site: Site, staff: dict[str, str]) -> Iterator[str]:
    """Keys of the sessions of people who are signed in; a project that a few seconds are enough for."""
    site.stage("open_short_project")
    return iter(site.stage("bring_speakers", count=SPEAKERS)["sessions"])


@pytest.fixture(scope="module")
def speaking(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser whose microphone hears two people talk."""
    talk = make_talk(tmp_path_factory.mktemp("microphone") / "talk.wav", seconds=30, seed=4)
    heard = f"--use-file-for-fake-audio-capture={talk}"
    browser = playwright.chromium.launch(executable_path=find_chromium(), args=[*ARGUMENTS, heard])
    yield browser
    browser.close()


@pytest.fixture
def connection(site: Site) -> Iterator[Cutter]:
    with bad_connection(site.port) as cutter:
        yield cutter


@pytest.fixture
def faults() -> list[str]:
    return []


@pytest.fixture
def context(speaking: Browser, sessions: Iterator[str], faults: list[str]) -> Iterator[BrowserContext]:
    """The telephone of somebody who is signed in and has sent nothing yet."""
    context = speaking.new_context(locale="en-US", viewport=PHONE, reduced_motion="reduce")
    context.on("weberror", lambda error: faults.append(str(error.error)))
    context.set_default_timeout(20_000)
    _sign_in(context, next(sessions))
    yield context
    context.close()
    assert not faults


def _sign_in(context: BrowserContext, session: str) -> None:
    context.add_cookies([{"name": "sessionid", "value": session, "domain": "127.0.0.1", "path": "/"}])


def open_page(context: BrowserContext, port: int) -> Page:
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{port}{PAGE}")
    return page


def choose(page: Page, data: bytes = DATA) -> None:
    file = {"name": "talk.m4a", "mimeType": "audio/mp4", "buffer": data}
    page.get_by_label("Sound file").set_input_files(file)


def wait_until_kept(page: Page) -> None:
    """Wait until the browser has written what was chosen: nobody sees it happen."""
    wait_until(lambda: page.evaluate(COUNT_KEPT) > 0, what="a file that is kept in the browser")


def wait_until_gone(page: Page) -> None:
    """Wait until the browser has removed what it kept."""
    wait_until(lambda: page.evaluate(COUNT_KEPT) == 0, what="the end of what was kept")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def record(page: Page, *, seconds: int) -> None:
    press(page, "Record")
    wait_recorded(page, seconds=seconds)


def original(site: Site, page: Page) -> bytes:
    """Return the bytes of the sample whose page is open."""
    page.wait_for_url("**/recording/sample/*/")
    key = page.url.strip("/").split("/")[-1]
    return Path(site.data_dir / "media" / "samples" / key[:2] / key / "original").read_bytes()


def arrived(site: Site) -> list[int]:
    """Return how many bytes of each upload under way lie on the disk."""
    return sorted(part.stat().st_size for part in (site.data_dir / "uploads").glob("*.part"))


def test_recording_in_the_page_is_played_sent_and_measured(context, site, faults):
    page = open_page(context, site.port)
    faults += find_faults(page, "sample-new-empty", is_reloadable=True)
    expect(page.get_by_role("button", name="Discard")).to_be_hidden()
    press(page, "Record")
    wait_until(
        lambda: page.locator("[data-recorder-level]").evaluate("meter => meter.value") > 0.2, what="a level"
    )
    expect(page.get_by_role("button", name="Send it")).to_be_disabled()
    wait_recorded(page, seconds=7)
    press(page, "Stop")
    playback = page.locator("[data-recorder-playback]")
    expect(playback).to_be_visible()
    wait_until(lambda: playback.evaluate("sound => sound.readyState > 0"), what="sound to play")
    faults += find_faults(page, "sample-new-recorded", is_reloadable=False)
    press(page, "Send it")

    page.wait_for_url("**/recording/sample/*/")
    expect(page.get_by_text("0 of 2 reviewers have listened.", exact=True)).to_be_visible(timeout=60_000)


def test_recording_survives_its_tab_and_can_be_heard_and_sent(context, site, faults):
    page = open_page(context, site.port)
    record(page, seconds=3)
    wait_until_kept(page)
    page.close()

    page = open_page(context, site.port)
    expect(page.get_by_text("You were recording: 0:0")).to_be_visible()
    expect(page.locator("[data-recorder-playback]")).to_be_visible()
    faults += find_faults(page, "sample-new-kept", is_reloadable=True)
    press(page, "Send it")
    assert original(site, page)


def test_discarded_recording_is_gone(context, site):
    page = open_page(context, site.port)
    record(page, seconds=2)
    press(page, "Stop")
    press(page, "Discard")
    expect(page.get_by_text("Discarded.")).to_be_visible()

    page.reload()
    expect(page.locator("[data-recorder-playback]")).to_be_hidden()
    press(page, "Send it")
    expect(page.get_by_text("Record something or choose a file first.")).to_be_visible()


def test_upload_that_was_cut_and_left_goes_on_where_it_was(context, site, connection, faults):
    page = open_page(context, connection.port)
    choose(page)
    connection.cut_after(1_300_000)
    press(page, "Send it")
    expect(
        page.get_by_text("No connection. Your recording is kept here and goes on by itself.")
    ).to_be_visible()
    faults += find_faults(page, "sample-new-no-connection", is_reloadable=False)
    page.close()
    assert 1_000_000 < max(arrived(site)) < len(DATA)

    connection.heal()
    page = context.new_page()
    sent: list[Request] = []

    def listen(request: Request) -> None:
        sent.append(request)

    page.on("request", listen)
    page.goto(f"http://127.0.0.1:{connection.port}{PAGE}")
    assert original(site, page) == DATA
    offsets = [int(request.headers["upload-offset"]) for request in sent if request.method == "PATCH"]
    assert offsets[0] > 1_000_000
    assert offsets == list(range(offsets[0], len(DATA), PIECE))


def test_upload_goes_on_by_itself_when_the_connection_is_back(context, site, connection):
    page = open_page(context, connection.port)
    choose(page)
    connection.cut_after(700_000)
    press(page, "Send it")
    expect(page.get_by_text("No connection.")).to_be_visible()
    connection.heal()

    assert original(site, page) == DATA


def test_second_tab_waits_for_the_first_and_neither_sends_twice(context, site, connection):
    before = arrived(site)
    first = open_page(context, connection.port)
    choose(first)
    connection.is_slow = True
    press(first, "Send it")
    expect(first.get_by_text("Sending: ")).to_be_visible()
    second = open_page(context, connection.port)
    expect(second.get_by_text("Another window is sending it.")).to_be_visible()
    connection.is_slow = False

    assert original(site, first) == DATA
    expect(second.get_by_role("heading", name="One is on its way")).to_be_visible()
    assert arrived(site) == before


def test_somebody_else_on_the_same_telephone_finds_nothing(context, site, sessions):
    page = open_page(context, site.port)
    choose(page)
    wait_until_kept(page)
    page.reload()
    expect(page.get_by_text("Your file from before is still here.")).to_be_visible()
    page.close()
    mine = next(cookie["value"] for cookie in context.cookies() if cookie["name"] == "sessionid")

    context.clear_cookies(name="sessionid")
    _sign_in(context, next(sessions))
    page = open_page(context, site.port)
    press(page, "Send it")
    expect(page.get_by_text("Record something or choose a file first.")).to_be_visible()
    wait_until_gone(page)
    page.close()
    context.clear_cookies(name="sessionid")
    _sign_in(context, mine)
    page = open_page(context, site.port)
    press(page, "Send it")
    expect(page.get_by_text("Record something or choose a file first.")).to_be_visible()


def test_signing_out_leaves_nothing_in_the_browser(context, site):
    page = open_page(context, site.port)
    choose(page)
    wait_until_kept(page)
    page.locator("form[data-forget-kept]").evaluate("form => form.requestSubmit()")
    page.wait_for_url(f"http://127.0.0.1:{site.port}/")

    databases = "indexedDB.databases().then((all) => all.map(({ name }) => name))"
    wait_until(lambda: page.evaluate(databases) == [], what="the end of what was kept")
