"""The rota without a mouse: a proposal applied, somebody put on by hand, a shift handed on, all by keys alone."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.looking import find_faults
from tests.journeys.site import Site

pytestmark = pytest.mark.browser
MOST_TABS = 120


@pytest.fixture(scope="module")
def rota_site(prepared, tmp_path_factory):
    """A site with a studio whose rota is to be made, whose staff come in without the second factor."""
    site = Site(tmp_path_factory.mktemp("rota-site"), settings={"DUOLOGUE_STAFF_SECOND_FACTOR": "0"})
    site.take_over(prepared)
    site.serve()
    yield site
    site.end()


@pytest.fixture(scope="module")
def told(rota_site):
    return rota_site.stage("bring_rota")


@pytest.fixture
def sit_down(browser, rota_site):
    """Return a function that gives a page to somebody who is signed in."""
    contexts = []

    def open_page(session: str, *, width: int = 1280) -> Page:
        context = browser.new_context(locale="en-US", viewport={"width": width, "height": 900})
        contexts.append(context)
        context.add_cookies([{"name": "sessionid", "value": session, "url": rota_site.url}])
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until what has the focus is of that kind."""
    for _number in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"no Tab leads to {selector}")


def press(page: Page, selector: str, key: str = "Enter") -> None:
    tab_to(page, selector)
    page.keyboard.press(key)


def test_manager_applies_a_proposal_and_adds_somebody_by_keys(sit_down, rota_site, told):
    page = sit_down(told["manager"])
    page.goto(f"{rota_site.url}/booking/desk/rota/?week={told['week']}")
    assert find_faults(page, "rota-keys") == []

    press(page, 'a[href*="/desk/rota/propose/"]')
    page.wait_for_url("**/desk/rota/propose/**")
    expect(page.locator("input[name=line]:checked")).to_have_count(2)
    assert find_faults(page, "rota-proposal") == []
    press(page, "input[name=line]", "Space")
    expect(page.locator("input[name=line]:checked")).to_have_count(1)
    press(page, "main form .button-primary")

    expect(page.get_by_text("1 shift is on the rota.")).to_be_visible()
    press(page, "a.board-fits")
    page.wait_for_url("**/desk/rota/staff/*/days/*/")
    assert find_faults(page, "rota-day") == []
    press(page, "main form .button")
    expect(page.get_by_text("The rota is changed.")).to_be_visible()
    assert len(rota_site.stage("look_at_slot", slot=told["morning"])["names"]) == 2


def test_staff_hand_a_shift_on_by_keys(sit_down, rota_site, told):
    asker, _other, taker = told["operators"]
    page = sit_down(asker, width=375)
    page.goto(f"{rota_site.url}/booking/desk/shifts/")
    afternoon = page.locator("th a").last.get_attribute("href")
    press(page, f'a[href="{afternoon}"]')
    page.wait_for_url(f"**{afternoon}")
    assert find_faults(page, "shift") == []
    tab_to(page, "select[name=whom]")
    page.keyboard.press("ArrowDown")
    expect(page.locator("select[name=whom] option:checked")).to_have_text("彭立")
    press(page, "main form .button-primary")
    expect(page.get_by_text("Asked. The shift stays yours until somebody takes it.")).to_be_visible()

    theirs = sit_down(taker, width=375)
    theirs.goto(f"{rota_site.url}/booking/desk/shifts/swaps/")
    assert find_faults(theirs, "swaps") == []
    press(theirs, 'button[value="accept"]')

    expect(theirs.get_by_text("The shift is yours now.")).to_be_visible()
    assert rota_site.stage("look_at_slot", slot=told["afternoon"])["names"] == ["彭立", "欧丽"]


def test_manager_finds_a_replacement_by_keys(sit_down, rota_site, told):
    page = sit_down(told["operators"][1], width=375)
    page.goto(f"{rota_site.url}/booking/desk/shifts/")
    shift = page.locator("th a").last.get_attribute("href")
    page.goto(rota_site.url + shift)
    tab_to(page, "input[name=reason]")
    page.keyboard.type("ill")
    press(page, "main .button-danger")
    expect(page.get_by_role("dialog")).to_be_visible()
    if not page.evaluate("document.activeElement.matches('[data-confirm-yes]')"):
        tab_to(page, "dialog [data-confirm-yes]")
    page.keyboard.press("Enter")
    expect(page.get_by_text("You are off this shift, and the managers know.")).to_be_visible()

    desk = sit_down(told["manager"])
    desk.goto(f"{rota_site.url}/booking/desk/rota/missing/")
    assert find_faults(desk, "missing") == []
    press(desk, "main form .button")

    expect(desk.get_by_text("Nobody is missing")).to_be_visible()
