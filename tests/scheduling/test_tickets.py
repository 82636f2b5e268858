"""Tickets: who enters, signs, changes and withdraws them, until the moment."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Scope
from scheduling import invariants, pairs, releases, tickets
from scheduling.conditions import BookingRefused
from scheduling.models import Pair, Release, Slot, Ticket, TicketEvent, TicketStatus, Wish
from scheduling.tickets import TicketRefused
from tests.factories import (
    NOW,
    THURSDAY_MORNING,
    make_daily_slots,
    make_pair,
    make_person,
    make_project,
    make_release,
    make_slot,
    make_ticket,
    withdraw_consent,
)

pytestmark = pytest.mark.django_db
MOMENT = NOW + timedelta(hours=2)


@pytest.fixture
def slots() -> list[Slot]:
    return make_daily_slots(6)


@pytest.fixture
def release(slots) -> Release:
    return make_release(project=slots[0].project, slots=slots)


@pytest.fixture
def pair(release, lin, mei) -> Pair:
    return make_pair(lin, mei, project=release.project)


def refused(function, *args, **kwargs) -> str:
    with pytest.raises((TicketRefused, BookingRefused)) as caught:
        function(*args, **kwargs)
    return caught.value.code


def wishes_of(ticket: Ticket) -> list[int]:
    return list(ticket.wishes.order_by("rank").values_list("slot_id", flat=True))


def ids(*slots: Slot) -> list[int]:
    return [slot.pk for slot in slots]


def test_either_enters_and_numbers_count_up(release, slots, pair, mei, stranger):
    ticket = tickets.enter_ticket(release, pair=pair, slot_ids=ids(slots[2], slots[0]), by=mei, now=NOW)
    other = make_pair(stranger, make_person("周"), project=release.project)
    second = make_ticket(release, pair=other, slots=slots[:1])

    assert (ticket.number, second.number) == (1, 2)
    assert wishes_of(ticket) == ids(slots[2], slots[0])
    assert (ticket.entered_by, ticket.signed_by, ticket.status) == (mei, None, TicketStatus.ENTERED)


def test_other_changes_the_wishes_and_then_asks_in_turn(release, slots, pair, lin, mei):
    first = tickets.enter_ticket(release, pair=pair, slot_ids=ids(slots[0]), by=lin, now=NOW)
    tickets.sign_ticket(first, seen=ids(slots[0]), by=mei, now=NOW)
    again = tickets.enter_ticket(release, pair=pair, slot_ids=ids(slots[1], slots[0]), by=mei, now=NOW)

    assert (again.pk, again.number, again.entered_by, again.signed_by) == (first.pk, 1, mei, None)
    assert wishes_of(again) == ids(slots[1], slots[0])
    assert list(again.events.values_list("cause", flat=True)) == ["", "signed", "wishes"]


def test_wishes_have_a_limit_and_belong_to_the_release(release, slots, pair, lin):
    elsewhere = make_slot(project=release.project, starts_at=THURSDAY_MORNING.replace(hour=18))
    enter = tickets.enter_ticket

    assert refused(enter, release, pair=pair, slot_ids=[], by=lin, now=NOW) == "no_wishes"
    assert refused(enter, release, pair=pair, slot_ids=ids(*slots), by=lin, now=NOW) == "too_many_wishes"
    for wished in (ids(elsewhere), ids(slots[0], slots[0]), [0]):
        assert refused(enter, release, pair=pair, slot_ids=wished, by=lin, now=NOW) == "not_in_release"
    assert wishes_of(enter(release, pair=pair, slot_ids=ids(*slots[:5]), by=lin, now=NOW)) == ids(*slots[:5])


@pytest.mark.parametrize("path", ["slot", "booth", "studio"])
def test_closed_slot_cannot_be_wished_for(release, slots, pair, lin, path):
    slot, booth = slots[0], slots[0].booth
    if path == "slot":
        Slot.objects.filter(pk=slot.pk).update(status="closed")
    else:
        place = booth if path == "booth" else booth.studio
        place.is_open = False
        place.save()

    wished = ids(slots[0])
    assert (
        refused(tickets.enter_ticket, release, pair=pair, slot_ids=wished, by=lin, now=NOW) == "slot_closed"
    )


def test_tickets_close_at_the_moment(release, slots, pair, lin, mei):
    before = MOMENT - timedelta(seconds=1)
    ticket = tickets.enter_ticket(release, pair=pair, slot_ids=ids(slots[0]), by=lin, now=before)

    enter = tickets.enter_ticket
    assert refused(enter, release, pair=pair, slot_ids=ids(slots[1]), by=lin, now=MOMENT) == "closed"
    assert refused(tickets.sign_ticket, ticket, seen=ids(slots[0]), by=mei, now=MOMENT) == "closed"
    assert refused(tickets.withdraw_ticket, ticket, by=lin, now=MOMENT) == "closed"


def test_cancelled_release_takes_no_ticket(release, slots, pair, lin, mara):
    releases.cancel_release(release, by=mara, now=NOW, reason="x")

    enter = tickets.enter_ticket
    assert refused(enter, release, pair=pair, slot_ids=ids(slots[0]), by=lin, now=NOW) == "closed"


def test_only_a_pair_that_may_book_enters(release, slots, pair, lin, mei, stranger):
    enter = tickets.enter_ticket
    other = make_pair(stranger, make_person("周"), project=make_project(slug="other"))

    wished = ids(slots[0])
    assert refused(enter, release, pair=pair, slot_ids=wished, by=stranger, now=NOW) == "not_a_member"
    assert refused(enter, release, pair=other, slot_ids=wished, by=stranger, now=NOW) == "other_project"
    withdraw_consent(mei, scope=Scope.SHARE)
    assert refused(enter, release, pair=pair, slot_ids=wished, by=lin, now=NOW) == "consent_missing"


def test_nobody_is_in_a_draw_with_two_partners(release, slots, pair, lin, mei, stranger):
    make_ticket(release, pair=pair, slots=slots[:1])
    second = make_pair(lin, stranger, project=release.project)
    enter = tickets.enter_ticket

    assert refused(enter, release, pair=second, slot_ids=ids(slots[1]), by=lin, now=NOW) == "has_ticket"
    pairs.end_pair(pair, by=mei, now=NOW)
    assert enter(release, pair=second, slot_ids=ids(slots[1]), by=lin, now=NOW).number == 2
    pairs.make_pair(lin, mei, project=release.project, now=NOW)
    pair.refresh_from_db()
    assert refused(enter, release, pair=pair, slot_ids=ids(slots[0]), by=lin, now=NOW) == "has_ticket"
    assert invariants.broken_releases() == []


def test_pair_that_ends_leaves_the_draws_to_come_and_no_other(release, slots, pair, mei):
    ticket = make_ticket(release, pair=pair, slots=slots[:1])
    pairs.end_pair(pair, by=mei, now=NOW)

    ticket.refresh_from_db()
    event = ticket.events.last()
    assert (ticket.status, event.new, event.by) == (TicketStatus.WITHDRAWN, "withdrawn", mei)
    pairs.make_pair(pair.person_a, pair.person_b, project=release.project, now=NOW)
    pair.refresh_from_db()
    late = make_ticket(release, pair=pair, slots=slots[:1])
    pairs.end_pair(pair, by=mei, now=MOMENT)
    late.refresh_from_db()
    assert late.status == TicketStatus.ENTERED


def test_ticket_of_a_pair_that_has_ended_counts(release, slots, pair, lin, stranger):
    make_ticket(release, pair=pair, slots=slots[:1])
    Pair.objects.filter(pk=pair.pk).update(ended_at=NOW)
    second = make_pair(lin, stranger, project=release.project)

    enter = tickets.enter_ticket
    assert refused(enter, release, pair=second, slot_ids=ids(slots[1]), by=lin, now=NOW) == "has_ticket"


def test_only_the_other_agrees_and_only_to_what_they_saw(release, slots, pair, lin, mei, stranger):
    ticket = tickets.enter_ticket(release, pair=pair, slot_ids=ids(slots[0], slots[1]), by=lin, now=NOW)
    sign, seen = tickets.sign_ticket, ids(slots[0], slots[1])

    assert refused(sign, ticket, seen=seen, by=lin, now=NOW) == "not_yours"
    assert refused(sign, ticket, seen=seen, by=stranger, now=NOW) == "not_yours"
    assert refused(sign, ticket, seen=seen[::-1], by=mei, now=NOW) == "changed"
    sign(ticket, seen=seen, by=mei, now=NOW)
    assert Ticket.objects.get().signed_by == mei


def test_either_withdraws_and_enters_again_with_a_new_number(release, slots, pair, lin, mei, stranger):
    ticket = make_ticket(release, pair=pair, slots=slots[:1])

    assert refused(tickets.withdraw_ticket, ticket, by=stranger, now=NOW) == "not_yours"
    tickets.withdraw_ticket(ticket, by=mei, now=NOW)
    assert refused(tickets.withdraw_ticket, ticket, by=mei, now=NOW) == "wrong_status"
    assert refused(tickets.sign_ticket, ticket, seen=[], by=mei, now=NOW) == "wrong_status"
    assert make_ticket(release, pair=pair, slots=slots[:1]).number == 2


def test_database_keeps_a_pair_from_two_tickets_and_a_winner_from_no_booking(release, slots, pair):
    ticket = make_ticket(release, pair=pair, slots=slots[:1])
    fields = {"entered_at": NOW, "entered_by": pair.person_a, "told_opens_at": MOMENT}

    with pytest.raises(IntegrityError), transaction.atomic():
        Ticket.objects.create(release=release, number=2, pair=pair, **fields)
    for torn in ({"status": "won", "place": 1}, {"status": "unlucky"}, {"signed_by": pair.person_a}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Ticket.objects.filter(pk=ticket.pk).update(**torn)
    with pytest.raises(IntegrityError), transaction.atomic():
        Wish.objects.create(ticket=ticket, rank=2, slot=slots[0])
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        TicketEvent.objects.all().update(reason="")
