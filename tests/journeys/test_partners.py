"""Finding a partner on telephones: on the board, and by a QR code; only after the yes both read names."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import segno
from playwright.sync_api import Browser, Page, expect

from tests.journeys.looking import PHONE, find_faults
from tests.journeys.site import Site

pytestmark = pytest.mark.browser

BOARD, PARTNER = "/booking/partner/board/", "/booking/partner/"
NAMES = {"one": "黄鹂", "other": "白鹭"}


@pytest.fixture
def lookers(browser: Browser, site: Site, staff: dict[str, str]) -> Any:
    """Two people on their telephones who are let in and have no partner, signed in already."""
    sessions = site.stage("bring_lookers", names=list(NAMES.values()))["sessions"]
    contexts, faults = [], []
    for session in sessions:
        context = browser.new_context(locale="en-US", viewport=PHONE, reduced_motion="reduce")
        context.set_default_timeout(20_000)
        context.on("weberror", lambda error: faults.append(str(error.error)))
        context.add_cookies([{"name": "sessionid", "value": session, "domain": "127.0.0.1", "path": "/"}])
        contexts.append(context)
    yield [context.new_page() for context in contexts]
    for context in contexts:
        context.close()
    assert not faults


def names_on(*pages: Page) -> list[str]:
    """Return the names that stand on the pages."""
    texts = [page.locator("body").inner_text() for page in pages]
    return sorted(name for name in NAMES.values() if any(name in text for text in texts))


def publish(page: Page, site: Site) -> None:
    page.goto(site.url + BOARD)
    page.get_by_role("link", name="Put me on the board").click()
    page.get_by_label("A few words about you").fill("爱笑，电话 13800138000")
    page.get_by_label("What do you like to talk about?").fill("老电影")
    page.locator("input[name=times]").first.check()
    page.get_by_role("button", name="Put me on the board").click()
    expect(page.get_by_text("Leave telephone numbers out")).to_be_visible()
    page.get_by_label("A few words about you").fill("爱笑，话多")
    page.get_by_role("button", name="Put me on the board").click()
    expect(page.get_by_role("heading", name="You are on the board")).to_be_visible()


def test_one_publishes_another_invites_and_names_are_read_after_the_yes(lookers: list[Page], site: Site):
    one, other = lookers
    publish(one, site)

    other.goto(site.url + BOARD)
    expect(other.get_by_text("爱笑，话多")).to_be_visible()
    faults = find_faults(other, "board")
    before = names_on(one, other)
    other.get_by_role("button", name="Invite").first.click()
    expect(other.get_by_role("heading", name="You have asked")).to_be_visible()
    one.goto(site.url + PARTNER)
    expect(one.get_by_role("heading", name="wants to record with you")).to_be_visible()
    faults += find_faults(one, "board-asked")
    before += names_on(one, other)
    one.get_by_role("button", name="Yes, be a pair").click()
    expect(one.get_by_role("heading", name="We are a pair")).to_be_visible()
    other.goto(site.url + PARTNER)

    assert before == []
    assert names_on(one) == [NAMES["other"]]
    assert names_on(other) == [NAMES["one"]]
    assert faults == []


# What a camera sees: whether the middle of each module of the picture is dark, its light border cut off.
_MODULES = """(picture, {size, border}) => {
  const canvas = document.createElement("canvas");
  const scale = 8, side = (size + 2 * border) * scale;
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, side, side);
  context.drawImage(picture, 0, 0, side, side);
  const isDark = (row, column) => {
    const at = (number) => (number + border) * scale + scale / 2;
    return context.getImageData(at(column), at(row), 1, 1).data[0] < 128 ? 1 : 0;
  };
  return Array.from({length: size}, (_, row) => Array.from({length: size}, (_, column) => isDark(row, column)));
}"""


def scan(page: Page) -> str:
    """Return the address that the QR code of the page leads to, once its picture was seen to say so."""
    link = page.locator("[data-copy*='/join/']").get_attribute("data-copy")
    wanted = [list(row) for row in segno.make(link, error="m", micro=False).matrix]
    seen = page.locator("img.qr").evaluate(_MODULES, {"size": len(wanted), "border": 2})
    assert seen == wanted
    return link


def test_code_is_scanned_from_one_telephone_to_the_other(browser: Browser, lookers: list[Page], site: Site):
    one, other = lookers
    one.goto(site.url + PARTNER)
    one.get_by_role("button", name="Make a code").click()
    expect(one.locator("img.qr")).to_be_visible()
    faults = find_faults(one, "qr-code")
    link = scan(one)
    nobody = browser.new_context(locale="en-US", viewport=PHONE)
    stranger = nobody.new_page()
    stranger.goto(link)
    asked = urlsplit(stranger.url)
    nobody.close()

    other.goto(link)
    expect(other.get_by_role("heading", name="Do you want to record with this person?")).to_be_visible()
    faults += find_faults(other, "qr-scanned")
    before = names_on(one, other)
    other.get_by_role("button", name="Yes, be a pair").click()
    expect(other.get_by_role("heading", name="We are a pair")).to_be_visible()
    one.goto(site.url + PARTNER)

    assert link.startswith(site.url)
    assert (asked.path, parse_qs(asked.query)["next"]) == ("/account/sign-in/", [link.removeprefix(site.url)])
    assert before == []
    assert names_on(one) == [NAMES["other"]]
    assert names_on(other) == [NAMES["one"]]
    expect(one.locator("img.qr")).to_have_count(0)
    one.goto(link)
    expect(one.get_by_text("This code was used already")).to_be_visible()
    assert faults == []
