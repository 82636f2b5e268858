"""The draw: everybody in turn, the dearest wish that can be had, and what is left open for all."""

from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import Scope
from scheduling import bookings, draws, invariants, releases
from scheduling.conditions import BookingRefused, check_slot
from scheduling.draw import Entry, order_entries
from scheduling.models import (
    Attendance,
    BookingCause,
    BookingStatus,
    Pair,
    Qualification,
    QualificationStatus,
    Release,
    ReleaseStatus,
    Reminder,
    Slot,
    Ticket,
    TicketStatus,
)
from tests.factories import (
    NOW,
    THURSDAY_MORNING,
    make_booking,
    make_daily_slots,
    make_pair,
    make_person,
    make_release,
    make_slot,
    make_ticket,
    withdraw_consent,
)

pytestmark = pytest.mark.django_db
MOMENT = NOW + timedelta(hours=2)


@pytest.fixture
def slots() -> list[Slot]:
    return make_daily_slots(3)


@pytest.fixture
def release(slots) -> Release:
    return make_release(project=slots[0].project, slots=slots)


def make_pairs(release: Release, count: int) -> list[Pair]:
    return [
        make_pair(make_person(f"甲{n}"), make_person(f"乙{n}"), project=release.project) for n in range(count)
    ]


def outcome(release: Release) -> dict[int, tuple[str, int | None]]:
    """Return (status, slot) of each ticket by its number."""
    rows = release.tickets.order_by("number").values_list("number", "status", "booking__slot_id")
    return {number: (status, slot_id) for number, status, slot_id in rows}


def whole() -> bool:
    found = invariants.broken_releases() + invariants.broken_bookings() + invariants.broken_occupancy()
    assert found == []
    return True


def test_each_in_turn_gets_the_dearest_wish_that_is_left(release, slots):
    pairs = make_pairs(release, 4)
    for pair in pairs:
        make_ticket(release, pair=pair, slots=slots[:2])
    decided = draws.draw_release(release, now=MOMENT)

    release.refresh_from_db()
    order = [entry.number for entry in order_entries(map(Entry, range(1, 5)), seed=release.seed)]
    expected = [("won", slots[0].pk), ("won", slots[1].pk), ("unlucky", None), ("unlucky", None)]
    assert outcome(release) == dict(sorted(zip(order, expected, strict=True)))
    assert decided == 4
    assert release.status == ReleaseStatus.OPEN
    assert list(release.tickets.order_by("place").values_list("number", flat=True)) == order
    assert set(release.tickets.filter(status="unlucky").values_list("why", flat=True)) == {"taken"}
    assert whole()


def test_partner_is_asked_unless_they_agreed_beforehand(release, slots):
    asked, signed = make_pairs(release, 2)
    make_ticket(release, pair=asked, slots=slots[:1])
    make_ticket(release, pair=signed, slots=slots[1:2], signed=True)
    draws.draw_release(release, now=MOMENT)

    waiting, confirmed = asked.bookings.get(), signed.bookings.get()
    assert waiting.status == BookingStatus.AWAITING_PARTNER
    assert waiting.expires_at == MOMENT + timedelta(hours=24)
    assert waiting.booked_by == asked.person_a
    assert (confirmed.status, confirmed.rate_fen) == (BookingStatus.CONFIRMED, release.project.rate_fen)
    assert list(confirmed.events.values_list("new", "by", "cause")) == [
        ("awaiting", signed.person_a_id, BookingCause.DRAWN),
        ("confirmed", signed.person_b_id, ""),
    ]
    assert Reminder.objects.filter(booking=confirmed).exists()
    assert whole()


def test_partner_answers_while_others_still_wait_for_their_turn(release, slots):
    asked, other = make_pairs(release, 2)
    make_ticket(release, pair=asked, slots=slots[:1])
    make_ticket(release, pair=other, slots=slots[1:2])
    releases.begin_draw(release, now=MOMENT)
    draws.place_tickets(release.pk)
    draws.decide_next(release.pk, now=MOMENT)
    first = Ticket.objects.get(status=TicketStatus.WON)

    bookings.accept_booking(first.booking, by=first.pair.person_b, now=MOMENT)
    assert first.booking.status == BookingStatus.CONFIRMED


def test_turned_away_people_have_their_turn_first(release, slots):
    late = make_pairs(release, 4)
    unlucky = late[-1]
    old = make_booking(pair=unlucky, slot=make_slot(project=release.project, starts_at=THURSDAY_MORNING))
    Attendance.objects.create(
        booking=old,
        person=unlucky.person_b,
        outcome="turned_away",
        recorded_at=NOW,
        recorded_by=unlucky.person_a,
    )
    bookings.cancel_booking(old, by=unlucky.person_a, now=NOW)
    for pair in late:
        make_ticket(release, pair=pair, slots=slots[:1])
    draws.draw_release(release, now=MOMENT)

    first = release.tickets.get(place=1)
    assert (first.pair, first.is_first_choice, first.status) == (unlucky, True, TicketStatus.WON)
    assert release.tickets.filter(is_first_choice=True).count() == 1


def test_slot_that_cannot_be_had_is_passed_over(release, slots, mara):
    [pair] = make_pairs(release, 1)
    make_ticket(release, pair=pair, slots=slots)
    Slot.objects.filter(pk=slots[0].pk).update(status="closed")
    slots[1].shifts.update(status="withdrawn")
    draws.draw_release(release, now=MOMENT)

    assert outcome(release) == {1: ("won", slots[2].pk)}


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda pair: withdraw_consent(pair.person_b, scope=Scope.SHARE), "consent_missing"),
        (
            lambda pair: Qualification.objects.filter(person=pair.person_a).update(
                status=QualificationStatus.SUSPENDED
            ),
            "not_qualified",
        ),
        (lambda pair: Pair.objects.filter(pk=pair.pk).update(ended_at=NOW), "pair_ended"),
        (lambda pair: Slot.objects.update(status="closed"), "closed"),
    ],
    ids=["consent", "suspended", "pair ended", "slot closed"],
)
def test_ticket_that_may_not_book_loses_with_the_reason_and_harms_nobody(release, slots, spoil, why):
    [spoilt] = make_pairs(release, 1)
    make_ticket(release, pair=spoilt, slots=slots[:1])
    spoil(spoilt)
    draws.draw_release(release, now=MOMENT)

    ticket = release.tickets.get(pair=spoilt)
    assert (ticket.status, ticket.why, ticket.booking) == (TicketStatus.UNLUCKY, why, None)
    release.refresh_from_db()
    assert release.status == ReleaseStatus.OPEN


def test_pair_that_has_all_its_bookings_gets_no_more(release, slots):
    [pair] = make_pairs(release, 1)
    for hour in (18, 19):
        slot = make_slot(
            project=release.project, starts_at=THURSDAY_MORNING.replace(day=6 + hour - 17, hour=18)
        )
        make_booking(pair=pair, slot=slot)
    make_ticket(release, pair=pair, slots=slots[:1])
    draws.draw_release(release, now=MOMENT)

    assert release.tickets.get().why == "max_live"


def test_one_who_is_elsewhere_at_the_first_wish_gets_the_second(release, slots):
    [pair] = make_pairs(release, 1)
    make_booking(pair=pair, slot=make_slot(project=release.project, starts_at=slots[0].starts_at))
    make_ticket(release, pair=pair, slots=slots[:2])
    draws.draw_release(release, now=MOMENT)

    assert outcome(release) == {1: ("won", slots[1].pk)}
    assert whole()


def test_draw_does_nothing_before_the_moment_and_nothing_twice(release, slots):
    for pair in make_pairs(release, 2):
        make_ticket(release, pair=pair, slots=slots[:1])

    assert draws.draw_due_releases(now=MOMENT - timedelta(seconds=1)) == 0
    assert draws.draw_release(release, now=MOMENT - timedelta(seconds=1)) == 0
    assert draws.draw_due_releases(now=MOMENT) == 1
    before = outcome(release)
    assert draws.draw_release(release, now=MOMENT) == 0
    assert draws.draw_due_releases(now=MOMENT) == 0
    assert outcome(release) == before
    assert set(release.events.values_list("new", flat=True)) == {"planned", "drawing", "open"}


def test_release_that_breaks_keeps_no_other_waiting(release, slots):
    broken = make_release(
        project=release.project,
        slots=[make_slot(project=release.project, starts_at=THURSDAY_MORNING.replace(hour=18))],
    )
    with connection.cursor() as cursor:
        cursor.execute("UPDATE scheduling_release SET seed = 'torn' WHERE id = %s", [broken.pk])
    Release.objects.filter(pk=broken.pk).update(opens_at=MOMENT - timedelta(minutes=1))
    for pair in make_pairs(release, 1):
        make_ticket(release, pair=pair, slots=slots[:1])

    assert draws.draw_due_releases(now=MOMENT) == 1
    assert outcome(release) == {1: ("won", slots[0].pk)}


def test_draw_that_was_cut_goes_on_as_if_nothing_had_happened(release, slots):
    for pair in make_pairs(release, 3):
        make_ticket(release, pair=pair, slots=slots)
    releases.begin_draw(release, now=MOMENT)
    draws.place_tickets(release.pk)
    draws.decide_next(release.pk, now=MOMENT)
    with pytest.raises(BookingRefused):
        check_slot(Slot.objects.get(pk=slots[2].pk), now=MOMENT)
    draws.draw_due_releases(now=MOMENT + timedelta(minutes=1))

    got = list(release.tickets.order_by("place").values_list("booking__slot_id", flat=True))
    assert got == [slot.pk for slot in slots]
    assert whole()


def test_draw_is_over_for_nobody_whose_place_is_still_to_be_given(release, slots):
    [pair] = make_pairs(release, 1)
    ticket = make_ticket(release, pair=pair, slots=slots)
    releases.begin_draw(release, now=MOMENT)

    assert draws.decide_next(release.pk, now=MOMENT) is False

    release.refresh_from_db()
    assert release.status == ReleaseStatus.DRAWING
    assert draws.draw_release(release, now=MOMENT) == 1
    ticket.refresh_from_db()
    assert ticket.status == TicketStatus.WON


def test_what_is_left_is_open_for_everybody_after_the_draw(release, slots):
    entered, other = make_pairs(release, 2)
    make_ticket(release, pair=entered, slots=slots[:1])
    draws.draw_release(release, now=MOMENT)

    assert bookings.hold_slot(slots[1].pk, pair=other, by=other.person_a, now=MOMENT)


def test_withdrawn_ticket_takes_no_part(release, slots):
    gone, stays = make_pairs(release, 2)
    ticket = make_ticket(release, pair=gone, slots=slots[:1])
    draws.move_ticket(ticket, TicketStatus.WITHDRAWN, by=gone.person_a, at=NOW)
    make_ticket(release, pair=stays, slots=slots[:1])
    draws.draw_release(release, now=MOMENT)

    assert outcome(release) == {1: ("withdrawn", None), 2: ("won", slots[0].pk)}
    assert release.tickets.get(pair=stays).place == 1


def test_deciding_costs_the_same_whoever_came_before(release, slots, django_assert_max_num_queries):
    for pair in make_pairs(release, 3):
        make_ticket(release, pair=pair, slots=slots[:1])
    releases.begin_draw(release, now=MOMENT)
    draws.place_tickets(release.pk)
    draws.decide_next(release.pk, now=MOMENT)

    with django_assert_max_num_queries(9):
        draws.decide_next(release.pk, now=MOMENT)
    with django_assert_max_num_queries(9):
        draws.decide_next(release.pk, now=MOMENT)
