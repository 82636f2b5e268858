"""A sample on its way with all files in an object store: sent, measured, and played from the store's own links."""

import re
import time

import pytest

from tests.journeys.participants import send_sample
from tests.journeys.people import meet, sign_in
from tests.journeys.site import Site, wait_until
from tests.journeys.voices import make_talk
from tests.object_stores import BUCKET, KEY_ID, SECRET_KEY, run_ministack

pytestmark = pytest.mark.browser
LINK_SECONDS = 5
BYTES_PER_S = 40_000
PHONE = {"width": 375, "height": 812}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with run_ministack(tmp_path_factory.mktemp("ministack") / "data") as server:
        yield server


@pytest.fixture(scope="module")
def stored_site(store, prepared, tmp_path_factory):
    """A site whose files lie in the store, and whose listeners are led there."""
    site = Site(
        tmp_path_factory.mktemp("stored-site"),
        settings={
            "DUOLOGUE_S3_BUCKET": BUCKET,
            "DUOLOGUE_S3_ENDPOINT": store.endpoint,
            "DUOLOGUE_S3_KEY_ID": KEY_ID,
            "DUOLOGUE_S3_SECRET_KEY": SECRET_KEY,
            "DUOLOGUE_S3_LINK_SECONDS": str(LINK_SECONDS),
            "DUOLOGUE_SOUND_DELIVERY": "presigned",
        },
    )
    site.take_over(prepared)
    site.stage("open_studio")
    try:
        site.serve()
        yield site
    finally:
        site.end()


def slow_down(visitor):
    """Give the browser a line on which a short sound takes as long as a long one does on a good line."""
    line = {"offline": False, "latency": 0, "downloadThroughput": BYTES_PER_S, "uploadThroughput": -1}
    visitor.context.new_cdp_session(visitor.page).send("Network.emulateNetworkConditions", line)


def test_sample_is_sent_measured_and_played_from_links_of_the_store(browser, stored_site, store, tmp_path):
    phone = stored_site.stage("bring_stranger")["phone"]
    visitor = meet(browser, stored_site, name="莫生", phone=phone, viewport=PHONE)
    sign_in(visitor)
    send_sample(visitor, make_talk(tmp_path / "talk.m4a", seconds=150, seed=7))
    assert [re.sub(r".*/", "", key) for key in sorted(store.list_keys())] == ["original", "preview.mp3"]
    assert not (stored_site.data_dir / "media").exists()

    page, answers = visitor.page, []
    page.on("response", lambda answer: answers.append((answer.url, answer.status)))
    slow_down(visitor)
    audio = page.locator("audio")
    audio.evaluate("audio => { audio.preload = 'metadata'; audio.load(); }")
    wait_until(lambda: audio.evaluate("audio => audio.readyState >= 1"), what="the length of the sound")
    at_store = f"{store.endpoint}/{BUCKET}/samples/"
    assert {status for url, status in answers if url.startswith(at_store)} == {206}

    loaded_at = time.monotonic()
    wait_until(lambda: time.monotonic() > loaded_at + LINK_SECONDS + 1, what="the end of the link")
    audio.evaluate("audio => { audio.currentTime = 100; audio.play().catch(() => {}); }")
    wait_until(
        lambda: audio.evaluate("audio => audio.currentTime > 101"),
        within_s=15,
        what="sound after the link's end",
    )

    # The browser came back to us for another link, through the access check.
    assert [status for url, status in answers if url.endswith("/sound/")] == [302, 302]
    assert {status for url, status in answers if url.startswith(at_store)} == {206}
    assert visitor.faults == []
    visitor.context.close()
