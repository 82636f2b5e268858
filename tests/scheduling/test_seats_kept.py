"""An open seat keeps its slot, and is released where nobody can join it any more. Rules: R-15, R-18, R-19, R-46."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from accounts.models import Message
from scheduling import blackouts, bookings, calendar_grid, escalation_watch, rota, seat_offers, seats, slots
from scheduling.calendar_grid import Place
from scheduling.conditions import BookingRefused
from scheduling.models import Escalation, OpenSeat, Project, Slot, SlotStatus
from scheduling.slots import SlotRefused
from scheduling.telling import tell_bookings
from tests.factories import NOW, make_pair, make_project, make_qualified, make_slot

pytestmark = pytest.mark.django_db
ON = date(2026, 3, 9)


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def slot(project) -> Slot:
    return make_slot(project=project, starts_at=NOW.replace(hour=9) + timedelta(days=7))


@pytest.fixture
def seat(lin, mei, slot, project) -> OpenSeat:
    """Lin has the slot alone, and Mei may record too."""
    make_qualified(lin, project=project)
    make_qualified(mei, project=project)
    return seats.take_seat(slot.pk, person=lin, now=NOW)


def close_account(person) -> None:
    person.is_active = False
    person.save(update_fields=["is_active"])


@pytest.mark.parametrize("who", ["lin", "mei"])
def test_pair_of_a_closed_account_books_nothing(request, who, lin, mei, slot, project):
    pair = make_pair(lin, mei, project=project)
    close_account(request.getfixturevalue(who))

    with pytest.raises(BookingRefused) as refusal:
        bookings.hold_slot(slot.pk, pair=pair, by=lin, now=NOW)
    assert refusal.value.code == "not_qualified"


def test_closed_account_takes_no_seat_and_nobody_joins_it(seat, lin, mei, project):
    close_account(lin)
    with pytest.raises(BookingRefused) as joining:
        seats.join_seat(seat, by=mei, now=NOW)
    close_account(mei)
    other = make_slot(project=project)
    with pytest.raises(BookingRefused) as taking:
        seats.take_seat(other.pk, person=mei, now=NOW)

    assert (joining.value.code, taking.value.code) == ("not_qualified", "not_qualified")


def test_slot_with_a_seat_is_not_closed_and_says_whose_it_is(seat, slot, lin, mara):
    with pytest.raises(SlotRefused) as refusal:
        slots.close_slot(slot, by=mara, now=NOW, reason="Booth broken")

    assert refusal.value.code == "seat"
    assert str(lin) in str(refusal.value)
    assert slots.close_free_slots([slot.pk], by=mara, now=NOW, reason="Booth broken") == []
    slot.refresh_from_db()
    assert slot.status == SlotStatus.OPEN


@pytest.mark.parametrize(("language", "words"), [("en", "Taken alone"), ("zh-hans", "独自占用")])
def test_preview_of_a_blackout_names_the_seat(client_for, clock, seat, slot, mara, language, words):
    foreseen = blackouts.foresee_blackout(slot.booth, from_on=ON, to_on=ON, now=NOW)
    assert (foreseen.free, foreseen.booked, foreseen.seats) == ([], [], [seat])
    done = blackouts.declare_blackout(
        slot.booth, from_on=ON, to_on=ON, reason="repair", closes_free=True, by=mara, now=NOW
    )
    assert (done.closed, done.left.seats, bool(done.left)) == ([], [seat], True)
    browser = client_for(mara)
    browser.cookies["django_language"] = language

    page = browser.get(reverse("scheduling:blackout_detail", args=[done.blackout.pk])).content.decode()

    assert words in page


def test_month_counts_a_seat_as_taken(seat):
    [day] = calendar_grid.count_days(Place(), days=[ON], now=NOW)

    assert (day.open, day.booked, day.free) == (1, 1, 0)


@pytest.mark.parametrize("cause", ["slot", "booth", "studio", "project", "suspended", "account"])
def test_seat_that_nobody_can_join_is_released_once_and_not_told_as_unwanted(seat, slot, lin, project, cause):
    if cause == "slot":
        Slot.objects.update(status=SlotStatus.CLOSED)
    elif cause == "booth":
        type(slot.booth).objects.update(is_open=False)
    elif cause == "studio":
        type(slot.booth.studio).objects.update(is_open=False)
    elif cause == "project":
        type(project).objects.update(is_open=False)
    elif cause == "suspended":
        project.qualifications.filter(person=lin).update(status="suspended")
    else:
        close_account(lin)

    assert [seats.release_seats(now=NOW) for _run in range(2)] == [1, 0]

    seat.refresh_from_db()
    assert seat.status == "released"
    told = list(Message.objects.values_list("template", "person"))
    assert told == ([] if cause == "account" else [("seat_lost", lin.pk)])


def test_seats_without_staff_or_place_are_not_shown(seat, slot, mei, project):
    def shown():
        return [card.seat for card in seat_offers.find_seats(mei, project=project, now=NOW)]

    assert shown() == [seat]
    type(slot.booth).objects.update(is_open=False)
    assert shown() == []
    type(slot.booth).objects.update(is_open=True)
    Project.objects.update(min_staff=3)
    assert shown() == []


def test_slot_of_a_seat_that_loses_staff_is_an_escalation(seat, slot, mara):
    assert list(rota.understaffed(now=NOW)) == []
    shift = slot.shifts.order_by("pk")[0]

    rota.withdraw_shift(shift, by=mara, now=NOW, reason="ill")

    assert list(rota.understaffed(now=NOW)) == [slot]
    assert Escalation.objects.get().slot == slot
    assert escalation_watch.watch_escalations(now=NOW) == 0


def test_nobody_is_asked_about_a_booking_that_is_confirmed_at_once(seat, lin, mei):
    booking = seats.join_seat(seat, by=mei, now=NOW)

    tell_bookings(now=NOW)

    assert booking.status == "confirmed"
    assert set(Message.objects.values_list("template", "person")) == {
        ("booking_confirmed", lin.pk),
        ("booking_confirmed", mei.pk),
    }
