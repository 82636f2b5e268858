"""What participants do on their telephones, from the first code to the statement."""

from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.journeys.people import Visitor, sign_in
from tests.journeys.site import wait_until


@dataclass(frozen=True)
class Told:
    """What somebody says about themselves."""

    name: str
    birth_on: str
    sex: str


LIN = Told(name="林小雨", birth_on="1998-05-17", sex="Female")
MEI = Told(name="梅朵", birth_on="1995-11-02", sex="Female")


def join(visitor: Visitor, told: Told, *, looking: bool = False) -> None:
    """Come for the first time: code, profile, and yes to what a booking needs."""
    sign_in(visitor, looking=looking)
    fill_profile(visitor, told, looking=looking)
    give_consents(visitor, looking=looking)


def fill_profile(visitor: Visitor, told: Told, *, looking: bool = False) -> None:
    page = visitor.page
    expect(page.get_by_role("heading", name="Who are you?")).to_be_visible()
    if looking:
        visitor.look("profile-new")
    page.get_by_label("Full name").fill(told.name)
    page.get_by_label("Birth date").fill(told.birth_on)
    page.get_by_label(told.sex, exact=True).check()
    page.get_by_label("Province where you grew up").select_option("CN-SC")
    page.get_by_label("City where you live").fill("成都")
    visitor.press("Save and go on")


def give_consents(visitor: Visitor, *, looking: bool = False) -> None:
    page = visitor.page
    expect(page.get_by_role("heading", name="What may we do with your voice?")).to_be_visible()
    if looking:
        visitor.look("consents-new")
    expect(page.locator("input[name=grant]:checked")).to_have_count(0)
    for scope in ("record", "share"):
        page.locator(f"input[name=grant][value={scope}]").check()
    visitor.press("Save my choices and go on")
    page.wait_for_url(f"{visitor.site.url}/")


def send_sample(visitor: Visitor, sound: Path, *, looking: bool = False) -> str:
    """Send the file through the page, wait until the worker has measured it, and return the address of its page."""
    page = visitor.open("/recording/sample/")
    if looking:
        visitor.look("sample-new")
    page.get_by_label("Sound file").set_input_files(sound)
    visitor.press("Send it")
    page.wait_for_url("**/recording/sample/*/")
    expect(page.get_by_text("0 of 2 reviewers have listened.", exact=True)).to_be_visible(timeout=60_000)
    if looking:
        visitor.look("sample-in-review")
    return page.url.removeprefix(visitor.site.url)


def wait_recorded(page: Page, *, seconds: int) -> None:
    """Wait until the clock of the page's recorder shows so many seconds, or more: nobody sees each of them."""

    def is_reached() -> bool:
        minutes, _colon, rest = page.locator("[data-recorder-time]").inner_text().partition(":")
        return int(minutes) * 60 + int(rest) >= seconds

    wait_until(is_reached, what=f"{seconds} recorded seconds")


def read_decision(visitor: Visitor, sample: str, *, looking: bool = False) -> None:
    """Look at the sample's page until it says that it is approved: votes stand after eight seconds."""
    page = visitor.open(sample)
    visitor.reload_until(page.get_by_text("Your sample is approved"), what="the approval")
    if looking:
        visitor.look("sample-approved")


def pair_up(one: Visitor, other: Visitor) -> None:
    """Let one make a code and the other enter it and say yes."""
    one.open("/booking/partner/")
    one.press("Make a code")
    code = one.page.locator(".code-text").inner_text()
    one.look("partner-code")
    other.open("/booking/partner/")
    other.look("partner-none")
    other.page.get_by_label("Your partner's code").fill(code.lower())
    other.press("See who it is")
    expect(other.page.get_by_role("heading", name="Do you want to record with this person?")).to_be_visible()
    other.look("partner-join")
    other.press("Yes, be a pair")
    expect(other.page.get_by_role("heading", name="We are a pair")).to_be_visible()
    other.look("partner-pair")


def book(one: Visitor, other: Visitor) -> str:
    """Let one hold the next free slot and ask, and the other say yes; return the address of the session."""
    page = one.open("/booking/slots/")
    one.look("slot-list")
    page.get_by_role("link", name="Take this one").click()
    expect(page.get_by_role("heading", name="Take this slot?")).to_be_visible()
    one.look("slot-detail")
    one.press("Hold it for 10 minutes")
    page.wait_for_url("**/booking/sessions/*/")
    one.look("booking-held")
    one.press("Confirm and ask my partner")
    expect(page.get_by_text("Your partner has been asked.")).to_be_visible()
    one.look("booking-waiting")
    answer(other)
    return page.url.removeprefix(one.site.url)


def answer(partner: Visitor) -> None:
    """Say yes to what the partner chose."""
    page = partner.open("/booking/sessions/")
    expect(page.get_by_text("Your partner chose this time.")).to_be_visible()
    partner.look("booking-list")
    page.locator(".card-cover").click()
    partner.look("booking-asked")
    partner.press("Yes, I come")
    expect(page.get_by_text("Confirmed. You two have this time.")).to_be_visible()
    partner.look("booking-confirmed")


def enter_account(visitor: Visitor, *, holder: str, looking: bool = False) -> None:
    """Say where the pay goes."""
    page = visitor.open("/pay/account/")
    if looking:
        visitor.look("account")
    page.get_by_label("Name of the holder").fill(holder)
    page.get_by_label("Account", exact=True).fill(visitor.phone.removeprefix("+86"))
    visitor.press("Save my account")
    expect(page.get_by_role("heading", name="My pay")).to_be_visible()
