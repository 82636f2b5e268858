"""Finding a slot: the strip of days, one slot, holding it."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from scheduling import bookings, offers
from scheduling.models import Booking, Booth, FormKey, Pair, Project, Qualification, Release, Slot
from scheduling.offers import OfferState
from scheduling.qualifications import suspend_qualification
from scheduling.views.alike import PSEUDONYM, TOKEN
from tests.factories import (
    NOW,
    make_booking,
    make_booth,
    make_city,
    make_pair,
    make_person,
    make_project,
    make_release,
    make_slot,
)

pytestmark = pytest.mark.django_db
LIST = reverse("scheduling:slot_list")
KEY = "a-key-of-a-form-that-was-shown"
ABOUT_THE_PAIR = ("accounts_consentrecord", "scheduling_block", "scheduling_qualification")


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
    return make_slot(project=project)


def detail(slot: Slot) -> str:
    return reverse("scheduling:slot_detail", args=[slot.pk])


def test_states_of_slots_as_one_person_sees_them(pair, lin, project):
    day = timedelta(days=1)
    start = NOW.replace(hour=9) + 3 * day
    free, held, full, mine, unstaffed = (
        make_slot(project=project, starts_at=start + number * day, staff=0 if number == 4 else 2)
        for number in range(5)
    )
    make_slot(project=project, starts_at=NOW.replace(hour=20))
    early = make_slot(project=project, starts_at=start + 20 * day)
    make_booking(slot=held, status="held")
    make_booking(slot=full)
    booking = make_booking(slot=mine, pair=pair, one=lin, status="awaiting")

    found = offers.find_offers(project, city=None, person=lin, from_at=NOW, to_at=NOW + 30 * day, now=NOW)

    assert [offer.state for offer in found] == [
        OfferState.LATE,
        OfferState.FREE,
        OfferState.HELD,
        OfferState.FULL,
        OfferState.MINE,
        OfferState.UNSTAFFED,
        OfferState.EARLY,
    ]
    assert found[2].until == NOW + timedelta(minutes=10)
    assert found[4].booking_id == booking.pk
    assert found[6].until == early.starts_at - 14 * day
    assert (found[1].slot, found[5].slot) == (free, unstaffed)


def test_lost_slot_offers_the_nearest_free_ones_of_its_city(client_for, pair, lin, project, slot):
    made = [make_slot(project=project, starts_at=slot.starts_at + timedelta(days=day)) for day in range(1, 7)]
    make_slot(
        project=project,
        booth=make_booth(city=make_city(name="Beijing", name_zh="北京")),
        starts_at=slot.starts_at,
    )
    lost = made[3]
    make_booking(slot=lost)

    response = client_for(lin).get(detail(lost))

    assert linked(response) == [made[2], made[4], made[1]]


def test_home_city_is_where_the_person_lives(lin):
    beijing = make_city(name="Beijing", name_zh="北京")
    chengdu = make_city()

    assert offers.home_city(lin, [beijing, chengdu]) == chengdu
    assert offers.home_city(lin, [beijing]) == beijing
    assert offers.home_city(lin, []) is None


def test_slot_list_shows_the_next_free_slot_and_the_week(client_for, pair, lin, slot):
    response = client_for(lin).get(LIST)

    assert response.status_code == 200
    assert [card["slot"] for card in response.context["next"]] == [slot]
    assert [len(day.entries) for day in response.context["strip"]] == [0, 0, 1, 0, 0, 0, 0]
    assert response.context["missing"] == []


def test_slot_list_says_what_is_missing(client_for, stranger, slot):
    response = client_for(stranger).get(LIST)

    assert [item["url"] for item in response.context["missing"]] == [reverse("scheduling:pair_list")]


def test_slot_list_without_a_project_says_so(client_for, lin):
    assert client_for(lin).get(LIST).status_code == 200


@pytest.mark.parametrize(
    "query", ["from=yesterday", "from=2026-02-31", "from=9999-12-31", "city=atlantis", "pair=x"]
)
def test_slot_list_takes_nonsense_for_no_choice(client_for, pair, lin, slot, query):
    assert client_for(lin).get(f"{LIST}?{query}").status_code == 200


def test_slot_list_filters_by_city(client_for, pair, lin, project):
    beijing = make_city(name="Beijing", name_zh="北京")
    there = make_slot(project=project, booth=make_booth(city=beijing))
    here = make_slot(project=project)

    client = client_for(lin)

    assert [card["slot"] for card in client.get(f"{LIST}?city=beijing").context["next"]] == [there]
    assert [card["slot"] for card in client.get(LIST).context["next"]] == [here]


def test_slot_list_asks_the_same_number_of_queries_for_more_slots(
    client_for, pair, lin, slot, project, django_assert_max_num_queries
):
    client = client_for(lin)
    client.get(LIST)
    with django_assert_max_num_queries(25) as one:
        client.get(LIST)
    for hour in (14, 18):
        make_slot(project=project, starts_at=slot.starts_at.replace(hour=hour))
    with django_assert_max_num_queries(25) as three:
        client.get(LIST)

    assert len(one) == len(three)


def test_slot_list_is_for_participants(client, client_for, mara):
    assert client.get(LIST).status_code == 302
    assert client_for(mara).get(LIST).status_code == 403
    assert client_for(mara).post(LIST).status_code in (403, 405)


def test_slot_list_for_moving_is_for_ones_own_booking(client_for, pair, lin, stranger, slot):
    booking = make_booking(slot=slot, pair=pair, one=lin)

    assert client_for(lin).get(f"{LIST}?move={booking.pk}").status_code == 200
    assert client_for(stranger).get(f"{LIST}?move={booking.pk}").status_code == 404


def test_hold_leads_to_the_session(client_for, pair, lin, slot):
    response = client_for(lin).post(detail(slot), {"pair": pair.pk, "form_key": KEY})

    booking = Booking.objects.get()
    assert response["Location"] == reverse("scheduling:booking_detail", args=[booking.pk])
    assert (booking.status, booking.booked_by, booking.slot) == ("held", lin, slot)


def test_hold_sent_twice_makes_one_booking(client_for, pair, lin, slot):
    client = client_for(lin)
    answers = [
        client.post(detail(slot), {"pair": pair.pk, "form_key": KEY})["Location"] for _press in range(2)
    ]

    assert answers[0] == answers[1]
    assert Booking.objects.count() == 1


def test_hold_with_a_used_key_and_another_slot_is_refused(client_for, pair, lin, slot, project):
    client = client_for(lin)
    client.post(detail(slot), {"pair": pair.pk, "form_key": KEY})
    other = make_slot(project=project, starts_at=slot.starts_at + timedelta(days=1))

    assert client.post(detail(other), {"pair": pair.pk, "form_key": KEY}).status_code == 422
    assert client.post(detail(other), {"pair": pair.pk}).status_code == 400
    assert Booking.objects.count() == 1


def test_taken_slot_is_refused_with_three_alternatives(client_for, pair, lin, slot, project):
    others = [
        make_slot(project=project, starts_at=slot.starts_at + timedelta(days=day)) for day in (1, 2, 3, 4)
    ]
    make_booking(slot=slot)

    response = client_for(lin).post(detail(slot), {"pair": pair.pk, "form_key": KEY})

    assert response.status_code == 409
    assert linked(response) == others[:3]


def test_pair_of_others_is_not_used(client_for, pair, stranger, slot):
    response = client_for(stranger).post(detail(slot), {"pair": pair.pk, "form_key": KEY})

    assert response.status_code == 404
    assert not Booking.objects.exists()


def test_slot_of_a_closed_project_is_not_found(client_for, pair, lin, slot, project):
    Project.objects.update(is_open=False)

    assert client_for(lin).get(detail(slot)).status_code == 404


def test_slot_page_shows_what_is_missing_instead_of_the_button(client_for, pair, lin, slot):

    Pair.objects.filter(pk=pair.pk).update(ended_at=NOW)

    response = client_for(lin).get(detail(slot))

    assert response.status_code == 200
    assert b'name="pair"' not in response.content


def test_slot_page_of_ones_own_slot_leads_to_the_session(client_for, pair, lin, slot):
    booking = bookings.hold_slot(slot.pk, pair=pair, by=lin, now=NOW)

    response = client_for(lin).get(detail(slot))

    assert reverse("scheduling:booking_detail", args=[booking.pk]) in response.content.decode()


def test_slot_page_is_for_participants(client, client_for, mara, slot):
    assert client.get(detail(slot)).status_code == 302
    assert client_for(mara).get(detail(slot)).status_code == 403


def test_slot_page_for_moving_looks_at_the_pair_that_moves(client_for, lin, mei, stranger, project, slot):
    moving = make_pair(lin, stranger, project=project)
    newest = make_pair(lin, mei, project=project)
    booking = make_booking(pair=moving, one=lin, slot=slot)
    other = make_slot(project=project, starts_at=slot.starts_at + timedelta(days=1))
    browser, address = client_for(lin), f"{detail(other)}?move={booking.pk}"

    def missing():
        return browser.get(address).context["missing"]

    for pair, count in [(newest, 0), (moving, 1)]:
        person = pair.person_b if pair.person_a == lin else pair.person_a
        qualification = Qualification.objects.get(person=person, project=project)
        suspend_qualification(qualification, by=None, now=NOW, reason="no-shows")
        assert len(missing()) == count
    assert client_for(mei).get(address).status_code == 404


def test_page_of_a_taken_slot_asks_nothing_about_the_pair(client_for, pair, lin, slot):
    make_booking(slot=slot)
    client = client_for(lin)
    client.get(detail(slot))

    with CaptureQueriesContext(connection) as queries:
        client.post(detail(slot), {"pair": pair.pk, "form_key": KEY})

    asked = {table for query in queries for table in ABOUT_THE_PAIR if f'"{table}"' in query["sql"]}
    assert asked == set()


def linked(response) -> list[Slot]:
    """Return the slots that the page links to, in order."""
    ids = re.findall(r'href="/booking/slots/(\d+)/"', response.content.decode())
    return [Slot.objects.get(pk=slot_id) for slot_id in ids]


def lost_page(client, slot: Slot, *, pair: Pair, key: str = KEY):
    return client.post(detail(slot), {"pair": pair.pk, "form_key": key})


def test_form_for_a_lost_slot_writes_nothing_and_asks_four_questions(client_for, pair, lin, slot):
    make_booking(slot=slot)
    client = client_for(lin)
    lost_page(client, slot, pair=pair)

    with CaptureQueriesContext(connection) as queries:
        response = lost_page(client, slot, pair=pair)

    assert response.status_code == 409
    assert len(queries) == 4
    assert not FormKey.objects.exists()


def test_same_form_again_leads_to_the_booking_it_made(client_for, pair, lin, slot):
    client = client_for(lin)
    first = lost_page(client, slot, pair=pair)
    bookings.cancel_booking(Booking.objects.get(), by=lin, now=NOW)
    make_booking(slot=slot)

    again = lost_page(client, slot, pair=pair)

    assert first.status_code == again.status_code == 302
    assert again.url == first.url


def test_page_of_a_lost_slot_is_shared_but_names_each_ones_own(client_for, pair, lin, stranger, slot):
    other = make_pair(stranger, make_person(), project=pair.project)
    make_booking(slot=slot)

    first = lost_page(client_for(lin), slot, pair=pair).content.decode()
    with CaptureQueriesContext(connection) as queries:
        second = lost_page(client_for(stranger), slot, pair=other).content.decode()

    assert lin.pseudonym in first
    assert stranger.pseudonym not in first
    assert stranger.pseudonym in second
    assert lin.pseudonym not in second
    assert not any('FROM "scheduling_slot"' in query["sql"] for query in queries)
    assert TOKEN not in first
    assert PSEUDONYM not in first


def test_page_of_a_lost_slot_is_in_the_readers_language(client_for, pair, lin, slot):
    make_booking(slot=slot)
    client = client_for(lin)
    english = lost_page(client, slot, pair=pair).content.decode()
    client.cookies["django_language"] = "zh-hans"

    chinese = lost_page(client, slot, pair=pair).content.decode()

    assert "Somebody has taken this slot" in english
    assert "Somebody has taken this slot" not in chinese
    assert 'lang="zh-hans"' in chinese


def test_forms_of_a_shared_page_carry_a_token_that_holds(client_for, pair, lin, slot):
    make_booking(slot=slot)
    client = Client(enforce_csrf_checks=True)
    client.cookies = client_for(lin).cookies
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', client.get(LIST).content.decode())[1]
    form = {"pair": pair.pk, "form_key": KEY, "csrfmiddlewaretoken": token}
    page = client.post(detail(slot), form).content.decode()
    own = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]

    answer = client.post(reverse("set_language"), {"language": "zh-hans", "csrfmiddlewaretoken": own})

    assert answer.status_code == 302


def test_every_slot_that_a_person_sees_as_free_is_an_alternative_and_no_other(lin, project, slot):
    day = timedelta(days=1)
    start = NOW.replace(hour=9) + 2 * day
    for number, state in enumerate(["", "held", "awaiting", "confirmed", "checked_in"], start=1):
        made = make_slot(project=project, starts_at=start + number * day)
        if state:
            make_booking(slot=made, status=state)
    cancelled = make_booking(slot=make_slot(project=project, starts_at=start + 6 * day))
    bookings.cancel_booking(cancelled, by=cancelled.booked_by, now=NOW)
    make_slot(project=project, starts_at=start + 7 * day, staff=1)
    for hours in (1, 23, 24, 25):
        make_slot(
            project=project, starts_at=NOW.replace(minute=0) + timedelta(hours=hours), booth=make_booth()
        )
    for days in (14, 15):
        make_slot(project=project, starts_at=NOW.replace(minute=0) + days * day, booth=make_booth())
    overdue = make_slot(project=project, starts_at=start + 8 * day)
    make_booking(slot=overdue, status="held")
    Booking.objects.filter(slot=overdue).update(expires_at=NOW)
    closed = make_slot(project=project, starts_at=start + 9 * day)
    Slot.objects.filter(pk=closed.pk).update(status="closed")
    make_release(project=project, slots=[make_slot(project=project, starts_at=start + 11 * day)])
    late = make_slot(project=project, starts_at=start + 11 * day, booth=make_booth())
    release = make_release(project=project, slots=[late])
    Release.objects.filter(pk=release.pk).update(opens_at=NOW - timedelta(minutes=10))
    shut = make_slot(project=project, starts_at=start + 10 * day, booth=make_booth())
    Booth.objects.filter(pk=shut.booth_id).update(is_open=False)

    seen = offers.find_offers(project, city=None, person=lin, from_at=NOW, to_at=NOW + 40 * day, now=NOW)

    free = {offer.slot.pk for offer in seen if offer.is_free}
    assert set(offers.free_slots(project, city=None, now=NOW).values_list("pk", flat=True)) == free
    assert len(free) > 4
    assert {overdue.pk, late.pk} <= free
