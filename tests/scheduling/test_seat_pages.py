"""Open seats on pages: take one, see others with reasons, join, give back. Rule: R-46."""

from datetime import timedelta
from itertools import count

import pytest
from django.core.cache import caches
from django.urls import reverse

from accounts.models import Message
from scheduling import seats
from scheduling.models import Booking, OpenSeat, Project, Slot
from tests.factories import (
    NOW,
    make_board_entry,
    make_pair,
    make_person,
    make_project,
    make_qualified,
    make_slot,
)

pytestmark = pytest.mark.django_db
LIST = reverse("scheduling:seat_list")
KEYS = count(10_000)


@pytest.fixture(autouse=True)
def _clock(clock):
    """Views read the test's time."""


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def slot(project) -> Slot:
    return make_slot(project=project, starts_at=NOW.replace(hour=9) + timedelta(days=7))


@pytest.fixture
def seat(lin, mei, slot, project) -> OpenSeat:
    make_qualified(mei, project=project)
    make_board_entry(lin, project=project)
    return seats.take_seat(slot.pk, person=lin, now=NOW)


@pytest.fixture
def phone_of(client_for):
    def make(person, language="zh-hans"):
        browser = client_for(person)
        browser.defaults["HTTP_ACCEPT_LANGUAGE"] = language
        return browser

    return make


def press(browser, name, *args, follow=False):
    path = reverse(f"scheduling:{name}", args=args)
    return browser.post(path, {"form_key": f"a-key-of-a-form-{next(KEYS)}"}, follow=follow)


def read(response) -> str:
    return response.content.decode()


def test_page_of_a_free_slot_leads_to_taking_it_alone(phone_of, lin, slot, project):
    make_qualified(lin, project=project)
    browser = phone_of(lin)
    assert "先独自占用" in read(browser.get(reverse("scheduling:slot_detail", args=[slot.pk])))

    response = press(browser, "seat_take", slot.pk, follow=True)

    assert OpenSeat.objects.get().person == lin
    assert "你独自占用的时段" in read(response)


def test_others_see_the_seat_with_words_and_reasons_and_no_name(phone_of, seat, lin, mei):
    page = read(phone_of(mei).get(LIST))

    assert all(words in page for words in ("爱笑，话多", "方言相同", lin.pseudonym))
    assert "林小雨" not in page
    assert lin.phone not in page


@pytest.mark.parametrize(("language", "words"), [("en", "same dialect"), ("zh-hans", "方言相同")])
def test_reasons_are_read_in_ones_language(phone_of, seat, mei, language, words):
    assert words in read(phone_of(mei, language).get(LIST))


def test_joining_leads_to_the_confirmed_session(phone_of, seat, mei):
    response = press(phone_of(mei), "seat_join", seat.pk, follow=True)

    booking = Booking.objects.get()
    assert response.redirect_chain == [(reverse("scheduling:booking_detail", args=[booking.pk]), 302)]
    assert "林小雨" in read(response)


def test_joining_too_late_says_so(phone_of, seat, mei, clock):
    clock.move_to(seat.expires_at)

    response = press(phone_of(mei), "seat_join", seat.pk)

    assert response.status_code == 409
    assert "已不能加入" in read(response)


def test_one_gives_back_ones_own_seat_alone(phone_of, seat, lin, mei):
    assert press(phone_of(mei), "seat_withdraw", seat.pk).status_code == 404

    press(phone_of(lin), "seat_withdraw", seat.pk)

    assert OpenSeat.objects.get().status == "withdrawn"


def test_seat_of_who_blocked_one_or_of_another_project_is_not_there(phone_of, seat, lin, mei, stranger):
    assert press(phone_of(stranger), "seat_join", seat.pk).status_code == 404
    assert "试音" in read(phone_of(stranger).get(LIST))
    lin.blocks.create(blocked=mei, at=NOW)

    assert press(phone_of(mei), "seat_join", seat.pk).status_code == 404
    assert lin.pseudonym not in read(phone_of(mei).get(LIST))


def test_slot_with_an_open_seat_is_no_free_slot_and_leads_to_it(phone_of, seat, mei, slot):
    page = phone_of(mei).get(reverse("scheduling:slot_list") + f"?from={slot.starts_at:%Y-%m-%d}")

    assert page.context["next"] == [] or page.context["next"][0]["slot"] != slot
    assert LIST in read(page)


def test_manager_sees_who_waits_in_the_slot(phone_of, seat, mara, slot):
    assert "林小雨 独自占用" in read(phone_of(mara).get(reverse("scheduling:slot_edit", args=[slot.pk])))


def test_manager_takes_the_slot_back_with_a_reason_and_its_person_is_told(phone_of, seat, mara, slot):
    desk, page = phone_of(mara, "en"), reverse("scheduling:slot_edit", args=[slot.pk])
    address = reverse("scheduling:seat_take_back", args=[slot.pk, seat.pk])
    assert "Take this slot back" in read(desk.get(page))
    assert "Write the reason" in read(desk.post(address, follow=True))

    told = read(desk.post(address, {"reason": "the booth is painted"}, follow=True))

    seat.refresh_from_db()
    assert (seat.status, Message.objects.get().template) == ("released", "seat_lost")
    assert "Its person is told" in told
    assert "the booth is painted" in told
    assert "it was given back" in read(desk.post(address, {"reason": "again"}, follow=True))
    other = reverse("scheduling:seat_take_back", args=[make_slot(project=slot.project).pk, seat.pk])
    assert desk.post(other, {"reason": "again"}).status_code == 404


def test_taking_is_refused_on_the_page(phone_of, seat, mei, slot):
    response = press(phone_of(mei), "seat_take", slot.pk)

    assert response.status_code == 409
    assert OpenSeat.objects.count() == 1


def test_list_takes_as_many_queries_for_one_seat_as_for_three(
    phone_of, seat, mei, project, django_assert_num_queries
):
    browser, counts = phone_of(mei), []
    for day in range(3):
        caches["process"].clear()  # the quotas are kept
        with django_assert_num_queries(100, exact=False) as captured:
            browser.get(LIST)
        counts.append(len(captured))
        other = make_person()
        make_qualified(other, project=project)
        later = make_slot(project=project, starts_at=NOW.replace(hour=9) + timedelta(days=8 + day))
        seats.take_seat(later.pk, person=other, now=NOW)

    assert counts[0] == counts[2]


def test_pair_waits_for_a_slot_with_an_open_seat(phone_of, seat, lin, mei, slot, project):
    pair = make_pair(mei, make_person(), project=project)
    page = reverse("scheduling:slot_detail", args=[slot.pk])
    assert page in read(phone_of(mei).get(LIST))
    assert "加入候补" in read(phone_of(mei).get(page))
    assert "加入候补" not in read(phone_of(lin).get(page))

    press(phone_of(mei), "waiting_join", slot.pk)

    assert slot.waiting_entries.get().pair == pair
