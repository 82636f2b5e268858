"""What goes wrong on the way: refused in words, with what to do next, and nothing half done."""

import pytest
from playwright.sync_api import Locator, expect

from tests.journeys.looking import PHONE
from tests.journeys.participants import wait_recorded
from tests.journeys.people import Visitor, ask_for_code, sign_in
from tests.journeys.voices import make_no_sound, make_talk

pytestmark = pytest.mark.browser

STAFF_PAGES = [
    "/recording/review/",
    "/recording/cross-review/",
    "/recording/sessions/",
    "/recording/prompts/",
    "/recording/samples/",
    "/booking/desk/calendar/",
    "/booking/desk/rota/",
    "/booking/desk/people/",
    "/booking/desk/projects/",
    "/pay/payments/",
    "/pay/deductions/",
    "/pay/batches/",
    "/pay/funnel/",
]


@pytest.fixture(scope="session")
def rivals(come, site, staff) -> tuple[Visitor, Visitor]:
    """Two people, each with a partner who stays at home."""
    first, _partner = site.stage("bring_pair", names=["何欢", "何乐"])["phones"]
    second, _partner = site.stage("bring_pair", names=["高山", "高水"])["phones"]
    huan, shan = come("Huan", first, viewport=PHONE), come("Shan", second, viewport=PHONE)
    for visitor in (huan, shan):
        sign_in(visitor)
    return huan, shan


def give_up(visitor: Visitor) -> None:
    """Cancel the session whose page is open."""
    visitor.press("Cancel the session")
    visitor.page.get_by_role("dialog").get_by_role("button", name="Cancel it").click()
    expect(visitor.page.get_by_text("Cancelled. The slot is free again.")).to_be_visible()


def refused(visitor: Visitor, sound) -> Locator:
    """Send a file that the machine will refuse, wait for its words, and return the part of the page that has them."""
    page = visitor.open("/recording/sample/")
    page.get_by_label("Sound file").set_input_files(sound)
    visitor.press("Send it")
    page.wait_for_url("**/recording/sample/*/")
    shown = page.locator("#sample-live")
    expect(shown.get_by_text("Measured: not accepted")).to_be_visible(timeout=60_000)
    return shown


def test_code_that_is_wrong_is_refused_and_the_right_one_opens(come, site):
    visitor = come("newcomer", "+8613800139001", viewport=PHONE)
    ask_for_code(visitor)
    right = site.code_for(visitor.phone)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"

    visitor.page.get_by_label("Six-digit code").fill(wrong)
    visitor.press("Sign in")

    expect(visitor.page.get_by_text("This is not the code.")).to_be_visible()
    visitor.look("sign-in-code-wrong", is_reloadable=False)
    visitor.page.get_by_label("Six-digit code").fill(right)
    visitor.press("Sign in")
    expect(visitor.page.get_by_role("heading", name="Who are you?")).to_be_visible()


def test_sample_that_is_no_sound_is_refused_in_words(stranger, tmp_path):
    shown = refused(stranger, make_no_sound(tmp_path / "talk.m4a"))

    expect(shown.get_by_text("This is not a sound file.")).to_be_visible()
    stranger.look("sample-refused")


def test_sample_that_is_too_short_is_refused_with_its_length(stranger, tmp_path):
    shown = refused(stranger, make_talk(tmp_path / "talk.mp3", seconds=50.4, seed=3))

    said = "Your recording is 0:50 long; it must be between 1:00 and 3:00."
    expect(shown.get_by_text(said)).to_be_visible()
    expect(shown.get_by_role("link", name="Send a new sample")).to_be_visible()


def test_sample_recorded_in_the_page_is_sent_and_measured(stranger):
    page = stranger.open("/recording/sample/")
    stranger.press("Record", exact=True)
    wait_recorded(page, seconds=2)
    stranger.press("Stop", exact=True)
    expect(page.locator("[data-recorder-playback]")).to_be_visible()
    stranger.press("Send it")

    page.wait_for_url("**/recording/sample/*/")
    shown = page.locator("#sample-live")
    expect(shown.get_by_text("Measured: not accepted")).to_be_visible(timeout=60_000)
    expect(shown.get_by_text("it must be between 1:00 and 3:00.")).to_be_visible()


@pytest.mark.parametrize("path", STAFF_PAGES)
def test_participant_is_refused_on_pages_of_staff(stranger, path):
    assert stranger.status_of(path) == 403


def test_form_sent_from_two_tabs_counts_once(rivals):
    huan, _shan = rivals
    page = huan.open("/booking/slots/")
    page.get_by_role("link", name="Take this one").click()
    hold = "form:has([name=pair]) [name=form_key]"
    key = page.locator(hold).input_value()
    second = huan.context.new_page()
    second.goto(page.url)
    second.locator(hold).evaluate("(field, key) => { field.value = key; }", key)
    for tab in (page, second):
        tab.get_by_role("button", name="Hold it for 10 minutes").click()
        tab.wait_for_url("**/booking/sessions/*/")

    assert page.url == second.url
    second.close()
    give_up(huan)


def test_slot_that_both_want_goes_to_one_and_the_other_is_offered_more(rivals):
    huan, shan = rivals
    slot = huan.open("/booking/slots/").get_by_role("link", name="Take this one").get_attribute("href")
    for visitor in rivals:
        visitor.open(slot)
    huan.press("Hold it for 10 minutes")
    huan.page.wait_for_url("**/booking/sessions/*/")
    shan.press("Hold it for 10 minutes")

    expect(shan.page.get_by_text("Somebody has taken this slot.")).to_be_visible()
    expect(shan.page.get_by_role("heading", name="The nearest free slots")).to_be_visible()
    shan.look("slot-taken", is_reloadable=False)
    give_up(huan)


def test_hold_that_ran_out_offers_the_nearest_free_slots(rivals, site):
    huan, _shan = rivals
    booking = site.stage("hold_almost_over", phone=huan.phone, left_s=6)["booking"]
    page = huan.open(f"/booking/sessions/{booking}/")
    expect(page.get_by_text("The time is over").first).to_be_visible(timeout=20_000)
    confirm = page.get_by_role("button", name="Confirm and ask my partner")
    if confirm.count():
        confirm.click()
        expect(page.get_by_text("The time is over and the slot is free again.").first).to_be_visible()

    expect(page.get_by_role("heading", name="The nearest free slots")).to_be_visible()
