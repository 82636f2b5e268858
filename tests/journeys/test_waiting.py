"""Waiting for a slot, and taking one alone: each on two telephones."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.looking import PHONE, find_faults
from tests.journeys.site import Site

pytestmark = pytest.mark.browser

SEATS, SESSIONS, SLOTS = "/booking/seats/", "/booking/sessions/", "/booking/slots/"
Open = Callable[[str, str], Page]


@pytest.fixture
def phone(browser: Browser, site: Site, staff: dict[str, str]) -> Iterator[Open]:
    """Return a function that opens a page for somebody who is signed in, on a telephone of their own."""
    contexts, faults = [], []

    def open_page(session: str, path: str) -> Page:
        context = browser.new_context(locale="en-US", viewport=PHONE, reduced_motion="reduce")
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


def say_yes(page: Page) -> None:
    page.get_by_role("button", name="Yes, I come").click()
    expect(page.get_by_text("Confirmed. You two have this time.")).to_be_visible()


def test_offer_is_taken_by_one_and_confirmed_by_the_other(phone: Open, site: Site):
    told = site.stage("bring_line", slug="line-taken")
    one, other = told["sessions"]
    waits = phone(one, SESSIONS)
    expect(waits.get_by_text("Number 1 of 1")).to_be_visible()
    faults = find_faults(waits, "waiting-place")
    offer = site.stage("free_line", slot=told["slot"])["booking"]

    page = phone(other, "/")
    page.get_by_role("link", name="Take it or say no").click()
    faults += find_faults(page, "waiting-offer")
    page.get_by_role("button", name="Take it and ask my partner").click()
    expect(page.get_by_text("Your partner is asked now")).to_be_visible()
    say_yes(phone(one, f"{SESSIONS}{offer}/"))

    assert faults == []


def test_offer_that_is_answered_too_late_says_so(phone: Open, site: Site):
    told = site.stage("bring_line", slug="line-late")
    offer = site.stage("free_line", slot=told["slot"])["booking"]
    page = phone(told["sessions"][0], f"{SESSIONS}{offer}/")
    expect(page.get_by_role("button", name="Take it and ask my partner")).to_be_visible()

    site.stage("let_offer_pass", booking=offer)
    page.get_by_role("button", name="Take it and ask my partner").click()

    expect(page.get_by_text("This offer ended at")).to_be_visible()
    expect(page.get_by_role("link", name="Look at the slot again")).to_be_visible()
    assert find_faults(page, "waiting-offer-late") == []


def test_turned_away_person_stands_first_and_has_the_next_session(phone: Open, site: Site):
    told = site.stage("bring_line", slug="line-first", is_joined=False, is_turned_away=True)
    one, other = told["sessions"]
    page = phone(one, f"{SLOTS}{told['slot']}/")
    expect(page.get_by_text("1 pair waits for this slot.")).to_be_visible()
    faults = find_faults(page, "waiting-line")
    page.get_by_role("button", name="Join the waiting list").click()
    expect(page.get_by_text("You two are number 1 on the waiting list.")).to_be_visible()

    offer = site.stage("free_line", slot=told["slot"])["booking"]
    page.goto(f"{site.url}{SESSIONS}{offer}/")
    page.get_by_role("button", name="Take it and ask my partner").click()
    say_yes(phone(other, f"{SESSIONS}{offer}/"))

    assert faults == []


def test_open_seat_is_taken_on_one_phone_and_joined_on_another(phone: Open, site: Site):
    one, other = site.stage("bring_lookers", names=["黄莺", "白鸽"])["sessions"]
    page = phone(one, SLOTS)
    page.get_by_role("link", name="Take this one").click()
    faults = find_faults(page, "seat-to-take")
    page.get_by_role("button", name="Take it alone").click()
    expect(page.get_by_role("heading", name="Your open seat")).to_be_visible()
    faults += find_faults(page, "seat-own")

    joins = phone(other, SEATS)
    faults += find_faults(joins, "seats")
    joins.get_by_role("button", name="Join").first.click()
    joins.get_by_role("button", name="Join", exact=True).last.click()
    expect(joins.get_by_text("Confirmed: you two are a pair and have this time.")).to_be_visible()
    expect(joins.get_by_text("黄莺")).to_be_visible()
    page.goto(site.url + SESSIONS)
    expect(page.get_by_text("Confirmed").first).to_be_visible()

    assert faults == []
