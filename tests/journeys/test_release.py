"""A rush at a release moment: two pairs, one slot; everybody waits at the countdown and gets a right, kind answer."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.looking import PHONE, find_faults
from tests.journeys.site import Site

pytestmark = pytest.mark.browser
# The draw begins with the first page after the moment; the worker is a few seconds away at most.
DRAWN_WITHIN_MS = 60_000


@pytest.fixture
def phones(browser: Browser) -> Iterator[Any]:
    """A function that gives somebody a telephone, signed in or not."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def hand_out(session: str = "") -> Page:
        context = browser.new_context(locale="en-US", viewport=PHONE, reduced_motion="reduce")
        context.set_default_timeout(20_000)
        context.on("weberror", lambda error: faults.append(str(error.error)))
        if session:
            context.add_cookies([{"name": "sessionid", "value": session, "domain": "127.0.0.1", "path": "/"}])
        contexts.append(context)
        return context.new_page()

    yield hand_out
    for context in contexts:
        context.close()
    assert not faults


def wish(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="Add").first.click()
    page.get_by_role("button", name="Enter the draw").click()
    expect(page.get_by_role("heading", name="Ticket")).to_be_visible()


def outcome(page: Page) -> str:
    """Wait until the page has come again by itself with the outcome of the draw, and return it."""
    over = page.get_by_role("heading", name="You drew your wish 1").or_(
        page.get_by_role("heading", name="Not this time")
    )
    expect(over).to_be_visible(timeout=DRAWN_WITHIN_MS)
    return over.inner_text()


def test_rush_at_a_release_moment(phones: Any, site: Site, staff: dict[str, str]):
    told = site.stage("bring_release")
    one, partner, rival = (phones(session) for session in told["sessions"])
    passer_by = phones()
    place = f"{site.url}/booking/releases/{told['release']}/"

    passer_by.goto(f"{site.url}/booking/opens/{told['release']}/")
    expect(passer_by.locator("[data-left=days]")).to_have_text("01")
    faults = find_faults(passer_by, "countdown", is_reloadable=False)
    one.goto(place)
    faults += find_faults(one, "release-wishes", is_reloadable=False)
    wish(one, place)
    partner.goto(place)
    faults += find_faults(partner, "release-ticket")
    partner.get_by_role("button", name="I agree to these wishes").click()
    expect(partner.get_by_text("Both of you have agreed")).to_be_visible()
    wish(rival, place)

    site.stage("near_release", release=told["release"], in_s=12)
    for page in (one, partner, rival):
        page.goto(place)
    # Nobody presses anything: the pages go on by themselves.
    answers = [outcome(one), outcome(partner), outcome(rival)]

    assert answers[0] == answers[1] != answers[2]
    for page, name in ((one, "release-one"), (rival, "release-rival")):
        faults += find_faults(page, name)
    winner, loser = (one, rival) if "drew" in answers[0] else (rival, one)
    expect(loser.get_by_text("Place 2 of 2")).to_be_visible()
    loser.get_by_text("How the draw works").click()
    expect(loser.get_by_text("sha256sum").first).to_be_visible()
    winner.get_by_role("link", name="To your session").click()
    expect(winner.get_by_text("Confirmed" if winner is one else "Waiting for partner").first).to_be_visible()
    passer_by.reload()
    expect(passer_by.get_by_role("heading", name="The draw is over")).to_be_visible(timeout=DRAWN_WITHIN_MS)
    assert faults == []
