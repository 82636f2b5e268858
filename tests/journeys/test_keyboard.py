"""Reviewers, leads and managers without a mouse: everything by keys alone; the guards are the real ones."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.reviewers import hear
from tests.journeys.site import Site, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.heavy]
SAMPLES = 12
CROSS_LIST = "/recording/cross-review/"


@pytest.fixture(scope="module")
def desk_site(prepared, tmp_path_factory):
    """A site with short samples that wait, whose staff come in without the second factor."""
    site = Site(tmp_path_factory.mktemp("desk-site"), settings={"DUOLOGUE_STAFF_SECOND_FACTOR": "0"})
    site.take_over(prepared)
    site.serve()
    yield site
    site.end()


@pytest.fixture
def sit_down(browser, desk_site):
    """Return a function that gives a page to somebody who is signed in."""
    contexts = []

    def open_page(session: str) -> Page:
        context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 900})
        contexts.append(context)
        context.add_cookies([{"name": "sessionid", "value": session, "url": desk_site.url}])
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


def vote_by_key(page: Page, *, number: int) -> None:
    """Hear the sample to its end and vote: every fourth is rejected for two reasons, the rest are approved."""
    hear(page, "needed")
    voted_at = page.url
    if number % 4 == 3:
        page.keyboard.press("1")
        page.keyboard.press("6")
        expect(page.locator("input[name=reasons]:checked")).to_have_count(2)
        page.keyboard.press("r")
    else:
        page.keyboard.press("a")
    wait_until(lambda: page.evaluate("location.href") != voted_at, what="the next sample")


def test_queue_is_judged_by_keys_alone(sit_down, desk_site):
    session = desk_site.stage("bring_short_samples", count=SAMPLES)["session"]
    page = sit_down(session)
    page.goto(f"{desk_site.url}/recording/review/")
    expect(page.get_by_role("button", name="Start listening")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/recording/review/*/")
    while page.locator("[data-player-speed]").inner_text() != "2.5×":
        page.keyboard.press("]")

    for number in range(SAMPLES):
        vote_by_key(page, number=number)

    page.wait_for_url("**/recording/review/")
    expect(page.get_by_text("Nothing waits for you")).to_be_visible()
    expect(page.get_by_text("Your last vote: Reject")).to_be_visible()
    assert desk_site.stage("count_votes") == {"approve": 9, "reject": 3}


def test_lead_hands_one_case_on_and_confirms_another_that_its_person_reads(sit_down, desk_site):
    told = desk_site.stage("bring_disputed_samples", count=2)
    page = sit_down(told["leads"][0])
    known, confirmed = told["speakers"]

    page.goto(desk_site.url + CROSS_LIST)
    page.get_by_role("link", name=f"Listen {known[:8]}").press("Enter")
    page.wait_for_url(f"**{CROSS_LIST}{known}/")
    page.keyboard.press("k")
    expect(page.get_by_role("button", name="Yes, give it to another lead")).to_be_focused()
    page.keyboard.press("Enter")

    page.wait_for_url(f"**{CROSS_LIST}")
    expect(page.get_by_text("Another lead reviewer decides.")).to_be_visible()
    expect(page.get_by_role("link", name=f"Listen {known[:8]}")).to_have_count(0)
    page.get_by_role("link", name=f"Listen {confirmed[:8]}").press("Enter")
    page.wait_for_url(f"**{CROSS_LIST}{confirmed}/")
    page.keyboard.press("Space")
    hear(page, "neededToReject")
    page.keyboard.press("1")
    expect(page.locator("input[name=reasons]:checked")).to_have_count(1)
    page.keyboard.press("r")
    expect(page.get_by_text("Decided. The person is told on their page.")).to_be_visible()
    other = sit_down(told["leads"][1])
    other.goto(desk_site.url + CROSS_LIST)
    expect(other.get_by_role("link", name="Listen")).to_have_count(1)

    speaker = sit_down(told["speakers"][confirmed])
    speaker.goto(f"{desk_site.url}/recording/sample/{confirmed}/")
    expect(speaker.get_by_text("Your sample was not approved")).to_be_visible()
    expect(speaker.get_by_text("There is too much noise in the background.")).to_be_visible()
    expect(speaker.get_by_text("A new sample is how to say so")).to_be_visible()


def test_manager_walks_the_calendar_by_keys_alone(sit_down, desk_site):
    session = desk_site.stage("bring_calendar")["session"]
    page = sit_down(session)
    focused = page.locator(":focus")
    page.goto(f"{desk_site.url}/booking/desk/calendar/")
    page.keyboard.press("n")
    page.wait_for_url("**day=*")

    page.keyboard.press("?")
    expect(page.get_by_text("from slot to slot")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(focused).to_contain_text("09:00")
    page.keyboard.press("ArrowDown")
    expect(focused).to_contain_text("14:00")
    there = focused.get_attribute("href")
    page.keyboard.press("ArrowRight")
    expect(focused).to_contain_text("14:00")
    assert focused.get_attribute("href") != there
    page.keyboard.press("ArrowLeft")
    assert focused.get_attribute("href") == there
    expect(page.locator("[data-cell][tabindex='0']")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{there}")

    page.go_back()
    for key, view in (("d", "day"), ("m", "month"), ("w", "week")):
        page.keyboard.press(key)
        page.wait_for_url(f"**view={view}*")
    page.keyboard.press("t")
    page.wait_for_url(lambda url: "day=" not in url)
    page.keyboard.press("p")
    page.wait_for_url("**day=*")
    earlier = page.url
    page.get_by_label("Studio").focus()
    page.keyboard.press("n")
    expect(page).to_have_url(earlier)
