"""A reviewer without a mouse: twenty samples, one after the other, by keys alone; the guards are the real ones."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.site import Site, wait_until

pytestmark = pytest.mark.browser
SAMPLES = 20
HEARD_ENOUGH = """() => Number(document.querySelector("[data-heard-count]").textContent)
  >= Number(document.querySelector("[data-vote-heard]").dataset.needed)"""


@pytest.fixture(scope="module")
def desk_site(tmp_path_factory):
    """A site with twenty short samples that wait, whose staff come in without the second factor."""
    site = Site(tmp_path_factory.mktemp("desk-site"), settings={"DUOLOGUE_STAFF_SECOND_FACTOR": "0"})
    site.prepare()
    site.serve()
    yield site
    site.end()


def vote_by_key(page: Page, *, number: int) -> None:
    """Hear the sample to its end and vote: every fourth is rejected for two reasons, the rest are approved."""
    page.wait_for_function(HEARD_ENOUGH)
    voted_at = page.url
    if number % 4 == 3:
        page.keyboard.press("1")
        page.keyboard.press("6")
        expect(page.locator("input[name=reasons]:checked")).to_have_count(2)
        page.keyboard.press("r")
    else:
        page.keyboard.press("a")
    wait_until(lambda: page.evaluate("location.href") != voted_at, what="the next sample")


def test_twenty_samples_are_judged_by_keys_alone(browser, desk_site):
    session = desk_site.stage("bring_short_samples", count=SAMPLES)["session"]
    context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 900})
    context.add_cookies([{"name": "sessionid", "value": session, "url": desk_site.url}])
    page = context.new_page()
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
    assert desk_site.stage("count_votes") == {"approve": 15, "reject": 5}
    context.close()
