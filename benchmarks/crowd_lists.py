"""What a crowd waits for: lines, draws, open seats, reminders, answers of the managers. Straight into the tables."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice, pairwise

from django.db import connection, transaction

from accounts.access import Role
from accounts.models import Channel, Message, MessageEvent
from benchmarks.crowd import CHUNK, Crowd
from benchmarks.crowd_desk import free_slots, old_slots, write_rows
from scheduling.draw import commit, make_seed
from scheduling.models import (
    Booking,
    Invitation,
    Objection,
    Occupancy,
    OccupancyKind,
    OpenSeat,
    Pair,
    Qualification,
    QualificationEvent,
    Release,
    ReleaseEvent,
    Reminder,
    ReminderEvent,
    Report,
    ReportEvent,
    SeatEvent,
    Slot,
    Ticket,
    TicketEvent,
    WaitingEntry,
    WaitingEvent,
    Wish,
)
from scheduling.occupancy import ticks_between
from scheduling.releases import find_releasable

DAY = timedelta(days=1)
SLOTS_RELEASED = 40
RELEASES_BEHIND = 60


def fill_lists(crowd: Crowd, *, now: datetime) -> None:
    """Let the crowd wait in lines and draws, take seats, be reminded, report, and be suspended."""
    with transaction.atomic():
        _wait_in_lines(crowd, now=now)
        _draw_before(crowd, now=now)
        _draw_today(crowd, now=now)
        _enter_the_next_draw(crowd, now=now)
    with transaction.atomic():
        _take_seats(crowd, now=now)
        _remind(now=now)
        _report(crowd, now=now)
        _suspend(crowd, now=now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def invite_looker(crowd: Crowd, *, now: datetime) -> None:
    """Let many ask somebody of the board to be their pair, and thirty of them the looker."""
    people = list(Qualification.objects.order_by("-pk").values_list("person", flat=True)[:20_000])
    asked = [(person, crowd.looker.pk) for person in people[:30] if person != crowd.looker.pk]
    asked += list(pairwise(people))
    Invitation.objects.bulk_create(
        (
            Invitation(
                project=crowd.project,
                inviter_id=inviter,
                invited_id=invited,
                code=f"B{number:09d}",
                made_at=now,
                expires_at=now + 2 * DAY,
            )
            for number, (inviter, invited) in enumerate(asked)
        ),
        batch_size=CHUNK,
    )


def _wait_in_lines(crowd: Crowd, *, now: datetime) -> None:
    """For each booked slot to come as many pairs wait as can; the crowd's busy one for as many slots as it may."""
    project = crowd.project
    project.waiting_places = 50
    project.save(update_fields=["waiting_places"])
    booked = Booking.objects.filter(slot__starts_at__gt=now + 2 * DAY, status__in=["confirmed", "awaiting"])
    has = dict(booked.order_by("slot__starts_at", "pk").values_list("slot", "pair"))
    pairs = crowd.pairs[1:]
    each = min(project.waiting_places - 1, max(2, len(pairs) // 20))
    entries = []
    for number, (slot, holder) in enumerate(has.items()):
        some = islice(_turning(pairs, start=number * 31), each)
        line = [pair for pair in some if pair.pk != holder]
        if number < project.max_waiting_entries and holder != crowd.pairs[0].pk:
            line.insert(each // 2, crowd.pairs[0])
        entries += [_entry(slot, pair, status="waiting", made_at=now - DAY) for pair in line]
    lapsed = old_slots(crowd, now=now)[-len(pairs) :]
    entries += [
        _entry(slot.pk, pair, status="lapsed", made_at=slot.starts_at - 5 * DAY)
        for slot, pair in zip(lapsed, _turning(pairs, start=0), strict=False)
    ]
    write_rows(entries, events=WaitingEvent, noun="entry")


def _turning(pairs: list[Pair], *, start: int) -> Iterator[Pair]:
    """Yield each of the pairs once, beginning with one of them."""
    yield from (pairs[(start + number) % len(pairs)] for number in range(len(pairs)))


def _entry(slot_id: int, pair: Pair, *, status: str, made_at: datetime) -> WaitingEntry:
    return WaitingEntry(
        project_id=pair.project_id,
        slot_id=slot_id,
        pair=pair,
        made_by_id=pair.person_a_id,
        made_at=made_at,
        status=status,
    )


def _release(
    crowd: Crowd, slots: list[Slot], *, name: str, opens_at: datetime, made_at: datetime, status: str
) -> Release:
    seed = make_seed()
    release = Release.objects.create(
        project=crowd.project,
        name=name,
        opens_at=opens_at,
        status=status,
        seed=seed,
        seed_sha256=commit(seed),
        made_at=made_at,
        made_by=crowd.staff[Role.MANAGER][0],
    )
    ReleaseEvent.objects.create(release=release, new=status, at=made_at)
    Slot.objects.filter(pk__in=[slot.pk for slot in slots]).update(release=release)
    return release


def _enter(release: Release, pairs: list[Pair], slots: list[Slot], *, won: dict[int, Booking]) -> None:
    """Enter the pairs with three wishes each; those in `won`, by pair, drew the slot of their booking."""
    is_drawn = release.status == "open"
    tickets = [
        Ticket(
            release=release,
            number=number,
            pair=pair,
            status="won" if pair.pk in won else "unlucky" if is_drawn else "entered",
            entered_at=release.made_at,
            entered_by_id=pair.person_a_id,
            signed_by_id=pair.person_b_id if number % 2 else None,
            place=number if is_drawn else None,
            booking=won.get(pair.pk),
            why="taken" if is_drawn and pair.pk not in won else "",
            told_opens_at=release.opens_at,
            told_at=release.opens_at if is_drawn else None,
        )
        for number, pair in enumerate(pairs, 1)
    ]
    write_rows(tickets, events=TicketEvent, noun="ticket", at="entered_at")
    Wish.objects.bulk_create(
        (
            Wish(ticket=ticket, rank=rank, slot_id=slot_id)
            for ticket in tickets
            for rank, slot_id in enumerate(_wishes(ticket, slots), 1)
        ),
        batch_size=CHUNK,
    )


def _wishes(ticket: Ticket, slots: list[Slot]) -> list[int]:
    three = [slots[(ticket.number + step) % len(slots)].pk for step in range(3)]
    own = [ticket.booking.slot_id] if ticket.booking else []
    return list(dict.fromkeys([*own, *three]))[:3]


def _draw_before(crowd: Crowd, *, now: datetime) -> None:
    """Some sixty releases are over, each of a dozen slots and with a hundred tickets."""
    slots = [slot for slot in old_slots(crowd, now=now)[::-1] if slot.pk % 2]
    for number in range(min(RELEASES_BEHIND, len(crowd.pairs) // 4)):
        some = slots[number * 12 : number * 12 + 12]
        if len(some) < 12:
            return
        opens_at = some[-1].starts_at - 10 * DAY
        release = _release(
            crowd, some, name=f"Week {number}", opens_at=opens_at, made_at=opens_at - 2 * DAY, status="open"
        )
        _enter(release, list(islice(_turning(crowd.pairs, start=number), 100)), some, won={})


def _draw_today(crowd: Crowd, *, now: datetime) -> None:
    """Of yesterday's release everything is gone, and thousands got nothing."""
    booked = Booking.objects.filter(
        status="confirmed", slot__starts_at__gt=now, made_at__lt=now - 3 * DAY, slot__release=None
    )
    bookings = {booking.pair_id: booking for booking in booked.select_related("slot").order_by("pk")}
    bookings.pop(crowd.pairs[0].pk, None)
    slots = [booking.slot for booking in bookings.values()]
    if not slots:
        return
    release = _release(
        crowd, slots, name="Yesterday", opens_at=now - DAY, made_at=now - 3 * DAY, status="open"
    )
    others = [pair for pair in crowd.pairs[: len(crowd.pairs) // 4] if pair.pk not in bookings]
    winners = [pair for pair in crowd.pairs if pair.pk in bookings]
    _enter(release, [*winners, *others], slots, won=bookings)


def _enter_the_next_draw(crowd: Crowd, *, now: datetime) -> None:
    """For tomorrow's release a quarter of the pairs have a ticket, the crowd's busy one too."""
    opens_at = now + DAY
    slots = list(find_releasable(crowd.project, opens_at=opens_at, now=now)[:SLOTS_RELEASED])
    release = _release(crowd, slots, name="Tomorrow", opens_at=opens_at, made_at=now, status="planned")
    _enter(release, crowd.pairs[: len(crowd.pairs) // 4], slots, won={})


def _take_seats(crowd: Crowd, *, now: datetime) -> None:
    """Every second free slot is somebody's alone who has no partner; so were many of the old ones."""
    alone = crowd.approved[2 * len(crowd.pairs) :]
    free = list(free_slots(now=now).select_related("project").order_by("pk"))[::2]
    old = old_slots(crowd, now=now)[-len(crowd.people) // 10 :]
    seats = [
        OpenSeat(
            project=crowd.project,
            slot=slot,
            person=person,
            status=status,
            taken_at=min(now, slot.starts_at - 5 * DAY),
            expires_at=slot.starts_at - DAY,
        )
        for status, slots in (("open", free), ("released", old))
        for slot, person in zip(slots, alone, strict=False)
    ]
    write_rows(seats, events=SeatEvent, noun="seat", at="taken_at")
    Occupancy.objects.bulk_create(
        (
            Occupancy(kind=kind, resource_id=resource_id, tick=tick, seat=seat)
            for seat in seats
            if seat.status == "open"
            for kind, resource_id in (
                (OccupancyKind.BOOTH, seat.slot.booth_id),
                (OccupancyKind.PERSON, seat.person_id),
            )
            for tick in ticks_between(seat.slot.starts_at, seat.slot.ends_at)
        ),
        batch_size=CHUNK,
    )


def _remind(*, now: datetime) -> None:
    """Who came was reminded twice, and who will come is to be; each hundredth message failed."""
    bookings = Booking.objects.filter(status__in=["completed", "confirmed"]).select_related("slot", "pair")
    reminders, messages = [], []
    for booking in bookings.order_by("pk"):
        for person in (booking.pair.person_a_id, booking.pair.person_b_id):
            for hours in (48, 3):
                due_at = booking.slot.starts_at - timedelta(hours=hours)
                is_over = due_at < now and booking.status == "completed"
                number = len(messages)
                status = "failed" if number % 100 == 0 else "sent"
                message = Message(
                    person_id=person,
                    channel=Channel.SMS,
                    template="reminder",
                    language="zh-hans",
                    key=f"reminder-of-the-crowd-{number}",
                    status=status,
                    written_at=due_at,
                    not_before=due_at,
                    expires_at=booking.slot.starts_at,
                    reference=f"C{number:09d}",
                )
                if is_over:
                    messages.append(message)
                reminders.append(
                    Reminder(
                        booking=booking,
                        person_id=person,
                        hours_before=hours,
                        channel=Channel.SMS,
                        status=status if is_over else "waiting",
                        planned_at=booking.made_at,
                        due_at=due_at,
                        expires_at=booking.slot.starts_at,
                        message=message if is_over else None,
                    )
                )
    write_rows(messages, events=MessageEvent, noun="message", at="written_at")
    write_rows(reminders, events=ReminderEvent, noun="reminder", at="due_at")


def _report(crowd: Crowd, *, now: datetime) -> None:
    """Of a hundred people one has reported another and waits for an answer; twice as many got theirs."""
    people = crowd.approved
    some = people[: len(people) // 15]
    rows = [
        Report(
            project=crowd.project,
            reporter=reporter,
            person=people[(number + 7) % len(people)],
            reason="rude",
            text="Shouted at me.",
            status="dismissed" if number % 3 else "open",
            made_at=now - timedelta(minutes=number),
        )
        for number, reporter in enumerate(some)
    ]
    write_rows(rows, events=ReportEvent, noun="report")


def _suspend(crowd: Crowd, *, now: datetime) -> None:
    """Each fiftieth of the approved who have no partner is suspended; all of those object."""
    alone = [person.pk for person in crowd.approved[2 * len(crowd.pairs) :]][-len(crowd.approved) // 50 :]
    rows = list(Qualification.objects.filter(project=crowd.project, person__in=alone))
    Qualification.objects.filter(pk__in=[row.pk for row in rows]).update(status="suspended")
    QualificationEvent.objects.bulk_create(
        QualificationEvent(
            qualification=row, old="active", new="suspended", at=now - DAY, reason="Shouted in the studio."
        )
        for row in rows
    )
    Objection.objects.bulk_create(
        Objection(qualification=row, words="It was not me who shouted.", at=now) for row in rows
    )
