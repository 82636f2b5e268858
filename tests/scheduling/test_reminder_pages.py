"""The list of reminders on the managers' desk."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from scheduling import bookings
from scheduling.models import City, Reminder
from scheduling.reminders import remind
from tests.factories import NOW, SHANGHAI, THURSDAY_MORNING, make_booking, make_slot

pytestmark = pytest.mark.django_db
LIST = reverse("scheduling:reminder_list")
TUESDAY = datetime(2026, 3, 3, 9, 0, tzinfo=SHANGHAI)


@pytest.fixture
def browser(client_for, mara, clock):
    client = client_for(mara)
    client.cookies["django_language"] = "en"
    return client


def listed(page):
    return [(row["reminder"].hours_before, row["reminder"].status) for row in page.context["rows"]]


def test_list_shows_the_states_and_why_one_was_not_sent(browser, lin):
    booking = make_booking(one=lin)
    remind(now=TUESDAY)
    bookings.cancel_booking(booking, by=lin, now=TUESDAY)

    page = browser.get(LIST)

    assert listed(page) == [(3, "dropped"), (3, "dropped"), (48, "posted"), (48, "posted")]
    assert "the booking does not stand any more" in page.content.decode()
    assert lin.phone not in page.content.decode()


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"status": "posted"}, 2),
        ({"status": "sent"}, 0),
        ({"channel": "sms"}, 4),
        ({"channel": "email"}, 0),
        ({"since": "2026-03-05"}, 2),
        ({"until": "2026-03-03"}, 2),
        ({"until": "2026-03-02"}, 0),
        ({"status": "nonsense", "city": "x", "since": "x"}, 4),
    ],
)
def test_list_is_narrowed(browser, asked, found):
    make_booking()
    remind(now=TUESDAY)

    assert len(listed(browser.get(LIST, asked))) == found


def test_list_is_narrowed_to_a_city(browser):
    booking = make_booking()
    elsewhere = City.objects.create(name="Xi'an", name_zh="西安", slug="xian")

    assert len(listed(browser.get(LIST, {"city": booking.slot.booth.studio.city_id}))) == 4
    assert listed(browser.get(LIST, {"city": elsewhere.pk})) == []


def test_list_is_for_managers(client_for, lin, oskar):
    assert Client().get(LIST).status_code == 302
    for person in (lin, oskar):
        assert client_for(person).get(LIST).status_code == 403


def test_list_refuses_other_methods(browser):
    assert browser.post(LIST).status_code == 405


def test_list_costs_the_same_for_one_and_three(browser, django_assert_max_num_queries):
    booking = make_booking()
    remind(now=TUESDAY)
    Reminder.objects.filter(hours_before=3).delete()
    browser.get(LIST)
    with django_assert_max_num_queries(9) as one:
        browser.get(LIST)
    for days in (1, 2):
        slot = make_slot(project=booking.project, starts_at=THURSDAY_MORNING + timedelta(days=days))
        make_booking(project=booking.project, slot=slot, now=NOW)
    with django_assert_max_num_queries(len(one)):
        browser.get(LIST)
