"""A participant's sessions: list, one session, its answers; and the managers' page of a booking."""

from datetime import timedelta

import pytest
from django.urls import reverse

from scheduling import bookings
from scheduling.models import Attendance, Booking, BookingEvent
from tests.factories import NOW, make_booking, make_pair, make_person, make_slot

pytestmark = pytest.mark.django_db
LIST = reverse("scheduling:booking_list")
ACTIONS = ["booking_confirm", "booking_accept", "booking_decline", "booking_cancel"]
DESK_ACTIONS = ["booking_override", "booking_write_off", "booking_attendance_a"]


@pytest.fixture(autouse=True)
def _clock(clock):
    """Views read the test's time."""


@pytest.fixture
def held(lin, mei) -> Booking:
    return make_booking(one=lin, other=mei, status="held")


@pytest.fixture
def asked(lin, mei) -> Booking:
    return make_booking(one=lin, other=mei, status="awaiting")


@pytest.fixture
def confirmed(lin, mei) -> Booking:
    return make_booking(one=lin, other=mei)


def page(name: str, booking: Booking, *more) -> str:
    return reverse(f"scheduling:{name}", args=[booking.pk, *more])


def press(client, name: str, booking: Booking, *more, **content):
    return client.post(page(name, booking, *more), {"form_key": f"key-of-{name}-{booking.pk:08}", **content})


def status_of(booking: Booking) -> str:
    return Booking.objects.get(pk=booking.pk).status


def test_list_shows_coming_sessions_and_those_before(client_for, confirmed, lin):
    make_booking(
        one=lin,
        pair=confirmed.pair,
        slot=make_slot(project=confirmed.project, starts_at=confirmed.slot.starts_at + timedelta(days=1)),
        status="completed",
    )

    response = client_for(lin).get(LIST)

    assert [item["booking"] for item in response.context["coming"]] == [confirmed]
    assert [item["label"] for item in response.context["over"]] == ["Completed"]


def test_list_of_somebody_new_says_the_next_step(client_for, lin):
    response = client_for(lin).get(LIST)

    assert response.status_code == 200
    assert reverse("scheduling:slot_list") in response.content.decode()


def test_list_shows_nothing_of_strangers(client_for, confirmed, stranger):
    response = client_for(stranger).get(LIST)

    assert (response.context["coming"], response.context["over"]) == ([], [])


def test_list_asks_the_same_number_of_queries_for_more_bookings(
    client_for, confirmed, lin, django_assert_max_num_queries
):
    client = client_for(lin)
    client.get(LIST)
    with django_assert_max_num_queries(15) as one:
        client.get(LIST)
    for day in (1, 2):
        slot = make_slot(project=confirmed.project, starts_at=confirmed.slot.starts_at + timedelta(days=day))
        make_booking(slot=slot, pair=make_pair(lin, make_person(), project=confirmed.project), one=lin)
    with django_assert_max_num_queries(15) as three:
        client.get(LIST)

    assert len(one) == len(three)


def test_held_session_offers_to_confirm_with_the_rules_before_the_button(client_for, held, lin):
    body = client_for(lin).get(page("booking_detail", held)).content.decode()

    assert page("booking_confirm", held) in body
    assert body.index("late cancellation") < body.index(page("booking_confirm", held))


def test_story_of_hold_confirm_accept(client_for, held, lin, mei):
    press(client_for(lin), "booking_confirm", held)
    assert status_of(held) == "awaiting"

    response = press(client_for(mei), "booking_accept", held)

    assert (response.status_code, status_of(held)) == (302, "confirmed")


def test_partner_may_decline(client_for, asked, mei):
    press(client_for(mei), "booking_decline", asked)

    assert status_of(asked) == "cancelled"


def test_late_cancelling_is_said_and_recorded(client_for, confirmed, lin, clock):
    clock.move_to(confirmed.slot.starts_at - timedelta(hours=23))
    client = client_for(lin)
    assert client.get(page("booking_detail", confirmed)).context["is_late"] is True

    press(client, "booking_cancel", confirmed)

    event = BookingEvent.objects.filter(booking=confirmed).latest("pk")
    assert (event.new, event.by, event.is_late) == ("cancelled", lin, True)


def test_move_leads_to_the_new_session(client_for, confirmed, lin):
    slot = make_slot(project=confirmed.project, starts_at=confirmed.slot.starts_at + timedelta(days=1))

    response = press(client_for(lin), "booking_move", confirmed, slot.pk)

    moved = Booking.objects.get(slot=slot)
    assert response["Location"] == page("booking_detail", moved)
    assert (status_of(confirmed), moved.status) == ("confirmed", "awaiting")


def test_partner_sees_the_move_and_says_yes(client_for, confirmed, lin, mei):
    slot = make_slot(project=confirmed.project, starts_at=confirmed.slot.starts_at + timedelta(days=1))
    press(client_for(lin), "booking_move", confirmed, slot.pk)
    moved, client = Booking.objects.get(slot=slot), client_for(mei)

    assert client.get(page("booking_detail", confirmed)).context["move"] == moved
    assert page("booking_detail", moved) in client.get(page("booking_detail", confirmed)).content.decode()
    assert client.get(page("booking_detail", moved)).context["replaces"] == confirmed
    assert client.get(reverse("scheduling:booking_list")).context["coming"][1]["replaces"] == confirmed

    press(client, "booking_accept", moved)

    assert (status_of(confirmed), status_of(moved)) == ("cancelled", "confirmed")
    assert client.get(page("booking_detail", confirmed)).context["moved_to"] == moved


def test_reason_of_the_studio_is_shown_to_both(client_for, confirmed, lin, mei, mara):
    bookings.cancel_booking(confirmed, by=mara, now=NOW, reason="The lift is broken")

    for person in (lin, mei):
        shown = client_for(person).get(page("booking_detail", confirmed)).content.decode()
        assert "The lift is broken" in shown


def test_refused_move_keeps_the_session_and_says_why(client_for, confirmed, lin):
    slot = make_slot(
        project=confirmed.project, staff=0, starts_at=confirmed.slot.starts_at + timedelta(days=1)
    )

    response = press(client_for(lin), "booking_move", confirmed, slot.pk)

    assert response.status_code == 409
    assert "not open for booking" in response.context["refusal"]
    assert status_of(confirmed) == "confirmed"


def test_refused_answer_is_shown_with_409(client_for, asked, lin):
    response = press(client_for(lin), "booking_accept", asked)

    assert response.status_code == 409
    assert (response.context["refusal"] != "", status_of(asked)) == (True, "awaiting")


def test_expired_hold_offers_three_alternatives(client_for, held, lin, clock):
    others = [
        make_slot(project=held.project, starts_at=held.slot.starts_at + timedelta(days=day))
        for day in (1, 2, 3)
    ]
    clock.advance(minutes=10)

    response = client_for(lin).get(page("booking_detail", held))

    assert "Expired" in response.content.decode()
    for free in [held.slot, *others[:2]]:
        assert reverse("scheduling:slot_detail", args=[free.pk]) in response.content.decode()


def test_partners_name_is_hidden_until_both_said_yes(client_for, asked, lin, mei):
    client = client_for(lin)
    assert "梅朵" not in client.get(page("booking_detail", asked)).content.decode()

    press(client_for(mei), "booking_accept", asked)

    assert "梅朵" in client.get(page("booking_detail", asked)).content.decode()


def test_calendar_file_names_place_and_time(client_for, confirmed, lin):
    response = client_for(lin).get(page("booking_calendar", confirmed))

    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert b"DTSTART:20260305T010000Z" in response.content


@pytest.mark.parametrize("name", ["booking_detail", "booking_calendar"])
def test_session_of_strangers_is_not_found(client_for, confirmed, stranger, mara, name):
    assert client_for(stranger).get(page(name, confirmed)).status_code == 404
    assert client_for(mara).get(page(name, confirmed)).status_code == 403
    assert client_for(stranger).post(page(name, confirmed)).status_code == 405


@pytest.mark.parametrize("name", ACTIONS)
def test_answers_of_strangers_are_not_found_and_do_nothing(client_for, asked, stranger, mara, name):
    assert press(client_for(stranger), name, asked).status_code == 404
    assert press(client_for(mara), name, asked).status_code == 403
    assert client_for(stranger).get(page(name, asked)).status_code == 405
    assert status_of(asked) == "awaiting"


def test_move_of_strangers_is_not_found(client_for, confirmed, stranger):
    slot = make_slot(project=confirmed.project)

    assert press(client_for(stranger), "booking_move", confirmed, slot.pk).status_code == 404


def test_move_to_a_slot_that_does_not_exist_is_not_found(client_for, confirmed, lin):
    assert press(client_for(lin), "booking_move", confirmed, 999_999).status_code == 404


def test_manager_sees_the_booking(client_for, confirmed, mara):
    response = client_for(mara).get(page("booking_manage", confirmed))

    assert response.status_code == 200
    assert [item["person"] for item in response.context["people"]] == [
        confirmed.pair.person_a,
        confirmed.pair.person_b,
    ]


def test_manager_cancels_with_a_written_reason(client_for, confirmed, mara):
    client = client_for(mara)
    assert press(client, "booking_override", confirmed, reason=" ").status_code == 422
    assert status_of(confirmed) == "confirmed"

    response = press(client, "booking_override", confirmed, reason="Water in the booth")

    assert (response.status_code, status_of(confirmed)) == (302, "cancelled")
    assert BookingEvent.objects.latest("pk").reason == "Water in the booth"


def test_manager_writes_who_came(client_for, confirmed, mara, clock):
    clock.move_to(confirmed.slot.starts_at)
    client = client_for(mara)

    press(client, "booking_attendance_a", confirmed, **{"a-outcome": "attended"})
    press(client, "booking_attendance_b", confirmed, **{"b-outcome": "no_show"})

    outcomes = dict(Attendance.objects.values_list("person", "outcome"))
    assert outcomes == {confirmed.pair.person_a_id: "attended", confirmed.pair.person_b_id: "no_show"}


def test_outcome_that_does_not_exist_is_refused(client_for, confirmed, mara):
    response = press(client_for(mara), "booking_attendance_a", confirmed, **{"a-outcome": "asleep"})

    assert response.status_code == 422
    assert not Attendance.objects.exists()
    one, other = (item["form"] for item in response.context["people"])
    assert (list(one.errors), list(other.errors)) == (["outcome"], [])
    assert "asleep is not one of the available choices" in response.content.decode()


def test_manager_ends_a_session_that_nobody_began(client_for, confirmed, mara, clock):
    client = client_for(mara)
    assert press(client, "booking_write_off", confirmed, reason="Power cut").status_code == 302
    assert status_of(confirmed) == "confirmed"
    assert (
        page("booking_write_off", confirmed)
        not in client.get(page("booking_manage", confirmed)).content.decode()
    )

    clock.move_to(confirmed.slot.starts_at)
    assert (
        page("booking_write_off", confirmed) in client.get(page("booking_manage", confirmed)).content.decode()
    )
    key = {"form_key": "another-key-of-the-form"}
    refused = press(client, "booking_write_off", confirmed, reason=" ", **key)
    assert (refused.status_code, list(refused.context["reason_form"].errors)) == (422, ["reason"])

    assert press(client, "booking_write_off", confirmed, reason="Power cut", **key).status_code == 302
    assert status_of(confirmed) == "failed"
    assert press(client, "booking_attendance_a", confirmed, **{"a-outcome": "turned_away"}).status_code == 302
    assert Attendance.objects.get().outcome == "turned_away"


@pytest.mark.parametrize("name", DESK_ACTIONS)
def test_desk_actions_are_posted_for_a_booking_that_exists(client_for, confirmed, mara, name):
    assert client_for(mara).get(page(name, confirmed)).status_code == 405
    missing = reverse(f"scheduling:{name}", args=[999_999])
    assert client_for(mara).post(missing, {"form_key": "key-of-nothing-at-all"}).status_code == 404


@pytest.mark.parametrize("name", ["booking_manage", *DESK_ACTIONS])
def test_desk_is_for_managers(client, client_for, confirmed, lin, oskar, name):
    method = "get" if name == "booking_manage" else "post"
    assert getattr(client, method)(page(name, confirmed)).status_code == 302
    for person in (lin, oskar):
        assert getattr(client_for(person), method)(page(name, confirmed)).status_code == 403
