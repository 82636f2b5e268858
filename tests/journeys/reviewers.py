"""What reviewers do at their desks: they really listen, at the fastest speed, several at once."""

from playwright.sync_api import Page, expect

from tests.journeys.people import Visitor
from tests.journeys.site import wait_until

# A minute at 2.5 × takes 24 seconds; the rest is a machine that does other things too.
LISTENING_S = 120
_HEARD_ENOUGH = """(attribute) => {
  const needed = document.querySelector("[data-vote-heard]").dataset[attribute];
  return Number(document.querySelector("[data-heard-count]").textContent) >= Number(needed);
}"""


def take_next(reviewer: Visitor) -> Page:
    """Take the next sample of the queue."""
    reviewer.open("/recording/review/")
    reviewer.page.locator("main form button.button-primary").click()
    reviewer.page.wait_for_url("**/recording/review/*/")
    return reviewer.page


def play_fast(reviewer: Visitor) -> None:
    """Play at 2.5 × through the page's own keys; a reviewer's next sample plays by itself."""
    page = reviewer.page
    page.locator("h1").click()
    while page.locator("[data-player-speed]").inner_text() != "2.5×":
        page.keyboard.press("]")
    if page.locator("audio").evaluate("sound => sound.paused"):
        page.keyboard.press("Space")
    expect(page.locator("audio")).to_have_js_property("paused", False)
    expect(page.locator("audio")).to_have_js_property("playbackRate", 2.5)


def wait_heard(reviewer: Visitor, *, for_approval: bool) -> None:
    """Listen until the page says that it is enough."""
    hear(reviewer.page, "needed" if for_approval else "neededToReject")


def hear(page: Page, attribute: str) -> None:
    """Listen to the end, and once more where the machine was so busy that seconds were skipped."""
    wait_until(lambda: _has_heard(page, attribute), within_s=LISTENING_S, what="enough that was heard")


def _has_heard(page: Page, attribute: str) -> bool:
    if page.evaluate(_HEARD_ENOUGH, attribute):
        return True
    if page.locator("audio").evaluate("sound => sound.ended"):
        page.keyboard.press("Space")
    return False


def reject(reviewer: Visitor) -> None:
    """Reject by keys: two reasons, then R."""
    page = reviewer.page
    voted_at = page.url
    page.keyboard.press("1")
    page.keyboard.press("3")
    expect(page.locator("input[name=reasons]:checked")).to_have_count(2)
    page.keyboard.press("r")
    page.wait_for_url(lambda url: url != voted_at)


def vote(reviewer: Visitor, button: str) -> None:
    """Vote with a button."""
    voted_at = reviewer.page.url
    reviewer.press(button)
    reviewer.page.wait_for_url(lambda url: url != voted_at)


def approve_too_early(reviewer: Visitor) -> None:
    """Press approve with nothing heard: the page says how much is missing and stays."""
    reviewer.press("Approve")
    expect(reviewer.page.get_by_text("s more before you vote so.")).to_be_visible()


def undo(reviewer: Visitor) -> None:
    """Take the last vote back with its key: its sample takes the place of the one that came."""
    page = reviewer.page
    expect(page.get_by_text("Your last vote")).to_be_visible()
    shown_at = page.url
    page.keyboard.press("u")
    page.wait_for_url(lambda url: url != shown_at)
    expect(page.get_by_role("heading", name="Listen and vote")).to_be_visible()


def open_cross_review(lead: Visitor) -> None:
    """Open the one sample that waits for a lead reviewer; its votes stand after eight seconds."""
    page = lead.open("/recording/cross-review/")
    listen = page.get_by_role("link", name="Listen")
    lead.reload_until(listen, what="the sample in the cross review")
    lead.look("cross-review-list")
    listen.click()
    expect(page.get_by_role("heading", name="Decide a disputed sample")).to_be_visible()


def overturn(lead: Visitor, *, explanation: str) -> None:
    """Approve what two reviewers rejected, in words."""
    lead.page.get_by_label("Why").fill(explanation)
    lead.press("Approve the sample")
    expect(lead.page.get_by_text("Decided. The person is told on their page.")).to_be_visible()
