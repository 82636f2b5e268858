"""A manager reads what became of the reminders and writes their text; an operator's calendar follows the shifts."""

import urllib.request
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.journeys.looking import find_faults

pytestmark = pytest.mark.browser

LIST, TEXT = "/booking/desk/reminders/", "/account/messages/texts/session_reminder/sms/zh-hans/"


def test_manager_reads_the_states_of_reminders_and_why(desk, site):
    mara = desk("mara")
    bookings = site.stage("bring_reminders")["bookings"]
    for task in ("remind of sessions", "deliver messages", "remind of sessions"):
        site.run_periodic(task)

    page = mara.open(LIST)

    for number, (first, later) in zip(
        bookings, [("Reminder sent", "Planned"), ("Checked, not sent", "Planned")], strict=True
    ):
        rows = page.get_by_role("row").filter(has=page.locator(f"a[href$='/desk/bookings/{number}/']"))
        expect(rows.filter(has_text="48 h before").filter(has_text=first)).to_have_count(2)
        expect(rows.filter(has_text="3 h before").filter(has_text=later)).to_have_count(2)
    expect(page.get_by_text("the booking is incomplete; the managers are told").first).to_be_visible()
    page.get_by_label("State").select_option("Reminder sent")
    page.wait_for_url("**status=sent**")
    expect(page.get_by_text("2 reminders")).to_be_visible()
    mara.look("reminders-sent")
    page.get_by_role("table").get_by_role("link").first.click()
    expect(page.get_by_role("heading", name=f"Booking {bookings[0]}")).to_be_visible()


def test_manager_writes_a_text_and_sees_its_parts_while_typing(desk):
    page = desk("mara").open(TEXT)
    look = page.locator("#text-look")
    expect(look.get_by_text("1 part")).to_be_visible()

    page.get_by_label("Text").fill("{day}录音，地点：{studio}，{address}。" + "请带身份证😀")
    expect(look.get_by_text("5 parts")).to_be_visible()
    desk("mara").look("message-text-parts", is_reloadable=False)
    page.get_by_label("Text").fill("{day}录音。" + "请" * 480)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The text is too long: no provider takes it. Shorten it.")).to_be_visible()
    page.get_by_label("Text").fill("{day}录音，地点：{studio}。")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. New messages leave with these words.")).to_be_visible()

    page = desk("mara").open(TEXT)
    page.get_by_role("button", name="Back to the text of the code").click()
    expect(page.get_by_text("The text of the code holds again.")).to_be_visible()


def test_operator_makes_an_address_that_a_calendar_reads_until_it_is_revoked(desk, site):
    oskar = desk("oskar")
    page = oskar.open("/booking/desk/shifts/")
    page.get_by_role("link", name="In your calendar").click()
    oskar.press("Make my address")
    address = page.locator("#feed-address").inner_text()
    faults = find_faults(page, "shifts-feed-made")
    subscribed = page.get_by_role("link", name="Open in the calendar").get_attribute("href")

    with urllib.request.urlopen(site.url + urlsplit(address).path) as answer:
        content = answer.read().decode()
    oskar.press("Revoke")
    page.get_by_role("dialog").get_by_role("button", name="Revoke it").click()
    expect(page.get_by_role("button", name="Make my address")).to_be_visible()

    assert subscribed.partition(":")[2] == address.partition(":")[2]
    assert content.startswith("BEGIN:VCALENDAR")
    assert oskar.status_of(urlsplit(address).path) == 404
    assert faults == []
