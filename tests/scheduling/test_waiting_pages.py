"""Waiting lists on pages: join where the slot is, see the place, answer the offer; a manager looks on. Rule: R-24."""

from datetime import timedelta
from itertools import count

import pytest
from django.urls import reverse

from scheduling import bookings, waiting
from scheduling.models import Booking, Pair, Project, Slot, WaitingEntry
from tests.factories import NOW, make_booking, make_pair, make_person, make_project, make_slot
from tests.scheduling.test_waiting import make_waiting

pytestmark = pytest.mark.django_db
LIST = reverse("scheduling:booking_list")
KEYS = count(10_000)


@pytest.fixture(autouse=True)
def _clock(clock):
    """Views read the test's time."""


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def pair(lin, mei, project) -> Pair:
    return make_pair(lin, mei, project=project)


@pytest.fixture
def slot(project) -> Slot:
    return make_slot(project=project, starts_at=NOW.replace(hour=9) + timedelta(days=7))


@pytest.fixture
def full(slot) -> Booking:
    return make_booking(slot=slot)


@pytest.fixture
def phone_of(client_for):
    """Return a function that gives a person's browser in a language."""

    def make(person, language="zh-hans"):
        browser = client_for(person)
        browser.defaults["HTTP_ACCEPT_LANGUAGE"] = language
        return browser

    return make


def press(browser, path, *, follow=False, **data):
    """Send a form with a key of its own."""
    return browser.post(path, {"form_key": f"a-key-of-a-form-{next(KEYS)}", **data}, follow=follow)


def url(name, *args) -> str:
    return reverse(f"scheduling:{name}", args=args)


def offer_to(pair, slot, full) -> Booking:
    make_waiting(slot, pair=pair)
    bookings.cancel_booking(full, by=full.pair.person_a, now=NOW)
    return Booking.objects.get(slot=slot, status="held")


def read(response) -> str:
    return response.content.decode()


def test_page_of_a_full_slot_leads_into_its_line(phone_of, pair, lin, slot, full):
    browser = phone_of(lin)
    assert "加入候补" in read(browser.get(url("slot_detail", slot.pk)))

    response = press(browser, url("waiting_join", slot.pk), pair=pair.pk, follow=True)

    assert response.redirect_chain == [(LIST, 302)]
    assert "第 1 位，共 1 组" in read(response)
    assert "退出候补" in read(browser.get(url("slot_detail", slot.pk)))


def test_slot_that_somebody_took_a_moment_ago_offers_the_line(phone_of, pair, lin, slot, full):
    response = press(phone_of(lin), url("slot_detail", slot.pk), pair=pair.pk)

    assert response.status_code == 409
    assert "加入候补" in read(response)


def test_list_of_slots_leads_to_the_line_while_booking_is_open(phone_of, pair, lin, slot, full, clock):
    page = reverse("scheduling:slot_list") + f"?from={slot.starts_at:%Y-%m-%d}"
    assert url("slot_detail", slot.pk) in read(phone_of(lin).get(page))

    clock.move_to(slot.starts_at - timedelta(hours=24))

    assert url("slot_detail", slot.pk) not in read(phone_of(lin).get(page))


def test_refused_joining_says_why_on_the_slots_page(phone_of, pair, lin, slot):
    response = press(phone_of(lin), url("waiting_join", slot.pk), pair=pair.pk)

    assert response.status_code == 409
    assert WaitingEntry.objects.count() == 0


def test_nobody_joins_for_others_or_without_a_partner(phone_of, pair, stranger, slot, full):
    browser = phone_of(stranger)

    assert press(browser, url("waiting_join", slot.pk), pair=pair.pk).status_code == 404
    assert browser.get(url("waiting_join", slot.pk)).status_code == 405
    assert "先找搭档" in read(browser.get(url("slot_detail", slot.pk)))


def test_one_leaves_from_the_page_of_sessions_and_strangers_cannot(phone_of, pair, mei, stranger, slot, full):
    entry = make_waiting(slot, pair=pair)
    assert press(phone_of(stranger), url("waiting_leave", entry.pk)).status_code == 404

    press(phone_of(mei), url("waiting_leave", entry.pk))

    entry.refresh_from_db()
    assert entry.status == "left"


def test_offer_stands_on_top_everywhere_and_either_takes_it(phone_of, pair, mei, slot, full):
    offer, browser = offer_to(pair, slot, full), phone_of(mei)
    assert url("booking_detail", offer.pk) in read(browser.get("/"))
    assert "候补的时段空出来了" in read(browser.get(LIST))
    assert "接受并询问搭档" in read(browser.get(url("booking_detail", offer.pk)))

    press(browser, url("booking_confirm", offer.pk))

    offer.refresh_from_db()
    assert (offer.status, offer.booked_by) == ("awaiting", mei)


def test_offer_is_refused_by_one_press_and_a_second_press_says_so(phone_of, pair, lin, mei, slot, full):
    offer = offer_to(pair, slot, full)
    press(phone_of(lin), url("offer_refuse", offer.pk))

    response = press(phone_of(mei), url("booking_confirm", offer.pk))

    assert response.status_code == 409
    assert "已经放弃" in read(response)


def test_offer_taken_too_late_says_so_and_leads_back_to_the_slot(phone_of, pair, lin, slot, full, clock):
    offer = offer_to(pair, slot, full)
    clock.advance(hours=2)

    response = press(phone_of(lin), url("booking_confirm", offer.pk))

    assert response.status_code == 409
    assert "已于 12:00 结束" in read(response)
    assert url("slot_detail", slot.pk) in read(response)
    bookings.expire_bookings(now=clock())
    assert "没有按时答复" in read(phone_of(lin).get(LIST))


def test_stranger_sees_no_offer_and_answers_none(phone_of, pair, stranger, slot, full):
    offer = offer_to(pair, slot, full)

    for name in ("booking_detail", "offer_refuse", "booking_confirm"):
        browser = phone_of(stranger)
        response = (
            browser.get(url(name, offer.pk))
            if name == "booking_detail"
            else press(browser, url(name, offer.pk))
        )
        assert response.status_code == 404


def test_manager_sees_the_line_and_removes_with_a_reason(phone_of, pair, lin, mara, slot, full):
    entry = make_waiting(slot, pair=pair)
    browser, page = phone_of(mara), url("slot_edit", slot.pk)
    assert "林小雨 + 梅朵" in read(browser.get(page))
    press(browser, url("waiting_remove", slot.pk, entry.pk), reason="")
    assert waiting.places_in([slot.pk])

    press(browser, url("waiting_remove", slot.pk, entry.pk), reason="电话里说好了")

    assert not waiting.places_in([slot.pk])
    assert "电话里说好了" in read(phone_of(lin).get(LIST))


def test_entry_is_removed_on_its_own_slot_by_managers_alone(phone_of, pair, lin, mara, slot, full):
    entry = make_waiting(slot, pair=pair)
    other = make_slot(project=slot.project, starts_at=slot.starts_at)

    assert press(phone_of(mara), url("waiting_remove", other.pk, entry.pk), reason="x").status_code == 404
    assert press(phone_of(lin), url("waiting_remove", slot.pk, entry.pk), reason="x").status_code == 403


@pytest.mark.parametrize(("language", "words"), [("en", "Number 1 of 1"), ("zh-hans", "第 1 位，共 1 组")])
def test_place_is_read_in_ones_language(phone_of, project, slot, full, language, words):
    person = make_person(language=language)
    make_waiting(slot, pair=make_pair(person, make_person(), project=project))

    assert words in read(phone_of(person, language).get(LIST))


def test_page_of_sessions_takes_as_many_queries_for_one_place_as_for_three(
    phone_of, pair, lin, project, django_assert_num_queries
):
    counts = []
    browser = phone_of(lin)
    for day in range(3):
        slot = make_slot(project=project, starts_at=NOW.replace(hour=9) + timedelta(days=4 + day))
        make_booking(slot=slot)
        make_waiting(slot, pair=pair)
        with django_assert_num_queries(100, exact=False) as captured:
            browser.get(LIST)
        counts.append(len(captured))

    assert counts[0] == counts[2]
