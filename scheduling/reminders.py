"""Reminders that are due: looked at, posted once, and what became of them. Rule: R-25."""

import time
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop

from accounts.access import Role
from accounts.apart import do_apart
from accounts.models import Channel, MessageStatus, User
from accounts.outbox import channels_of, post_message
from scheduling.conditions import local_date, missing_conditions
from scheduling.models import (
    Booking,
    BookingStatus,
    Pair,
    Reminder,
    ReminderStatus,
)
from scheduling.reminder_plans import ENDED, move_reminder, plan_reminders, quiet_hours_of
from scheduling.rota import is_staffed
from scheduling.telling import params_of

BATCH = 200
# The next run comes after a minute.
LONGEST_RUN_S = 50
# What a reminder is when its message is so.
STATUS_OF_MESSAGE = {
    MessageStatus.WAITING: ReminderStatus.POSTED,
    MessageStatus.SENDING: ReminderStatus.POSTED,
    MessageStatus.SENT: ReminderStatus.SENT,
    MessageStatus.FAILED: ReminderStatus.FAILED,
    MessageStatus.UNKNOWN: ReminderStatus.FAILED,
    MessageStatus.DROPPED: ReminderStatus.DROPPED,
}
TOO_LATE = gettext_noop("too late for this news")
INCOMPLETE = gettext_noop("the booking is incomplete; the managers are told")
CLOSED = gettext_noop("the account is closed")


def remind(*, now: datetime) -> int:
    """
    Post the reminders that are due, and write what became of those posted; return how many were posted.

    Run each minute; two runs at once share the work. Bookings confirmed without any (before
    there were reminders, or by a project that had none) get theirs first. One that breaks
    keeps no other from its reminder. Rule: R-25.
    """
    plan_missing(now=now)
    due = Reminder.objects.filter(status=ReminderStatus.WAITING, due_at__lte=now)
    keys = list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:BATCH])
    looks: dict[int, bool] = {}
    ends = time.monotonic() + LONGEST_RUN_S
    posted = 0
    for pk in keys:
        if time.monotonic() >= ends:
            break
        posted += bool(do_apart(partial(_post_reminder, pk, now=now, looks=looks), what=f"reminder {pk}"))
    follow_messages(now=now)
    return posted


def plan_missing(*, now: datetime, batch: int = BATCH) -> int:
    """Plan the reminders of coming bookings whose were never planned; return how many. At most a batch a run."""
    unplanned = Booking.objects.filter(
        status=BookingStatus.CONFIRMED, reminders_planned_at=None, slot__starts_at__gt=now
    )
    with_hours = unplanned.exclude(project__reminder_hours=[])
    keys = list(with_hours.order_by("pk").values_list("pk", flat=True)[:batch])
    planned = (do_apart(partial(_plan, pk, now=now), what=f"the reminders of booking {pk}") for pk in keys)
    return sum(count or 0 for count in planned)


@transaction.atomic
def _plan(booking_id: int, *, now: datetime) -> int:
    """Plan the booking's reminders unless it went on meanwhile. Locks the booking, as who cancels it does."""
    rows = Booking.objects.filter(pk=booking_id, status=BookingStatus.CONFIRMED, reminders_planned_at=None)
    booking = rows.select_for_update(of=("self",), no_key=True).select_related("pair").first()
    return plan_reminders(booking, now=now) if booking else 0


@transaction.atomic
def _post_reminder(reminder_id: int, *, now: datetime, looks: dict[int, bool]) -> bool:
    """
    Look at one reminder that is due: post it, or say why not. Return whether it was posted.

    `looks` keeps for this run what was found of each booking: its reminders are due together.
    """
    rows = Reminder.objects.filter(pk=reminder_id, status=ReminderStatus.WAITING)
    # Locked where the database can: the loser of two workers then finds it gone.
    reminder = rows.select_for_update(of=("self",), no_key=True).select_related(*_WITH_ALL).first()
    if reminder is None:
        return False
    if reason := find_objection(reminder, now=now, looks=looks):
        move_reminder(reminder, ReminderStatus.DROPPED, by=None, now=now, reason=reason)
        if reason == INCOMPLETE:
            tell_managers(reminder, now=now)
        return False
    booking = reminder.booking
    message = post_message(
        reminder.person,
        channel=reminder.channel,
        template="session_reminder",
        key=f"reminder:{reminder.pk}",
        params=params_of(booking, person=reminder.person, template="session_reminder"),
        now=now,
        expires_at=reminder.expires_at,
        quiet=quiet_hours_of(booking.slot),
    )
    return message is not None and move_reminder(
        reminder, ReminderStatus.POSTED, by=None, now=now, message=message
    )


_WITH_ALL = (
    "person",
    "booking__pair__project",
    "booking__pair__person_a",
    "booking__pair__person_b",
    "booking__slot__project",
    "booking__slot__booth__studio__city",
)


def find_objection(reminder: Reminder, *, now: datetime, looks: dict[int, bool]) -> str:
    """Return why the reminder is not to be sent, "" when it is; ask of each booking once a run. Rule: R-25."""
    booking = reminder.booking
    if booking.status != BookingStatus.CONFIRMED:
        return ENDED
    if not reminder.person.is_active:
        return CLOSED
    if now >= reminder.expires_at:
        return TOO_LATE
    if booking.pk not in looks:
        looks[booking.pk] = is_complete(booking)
    return "" if looks[booking.pk] else INCOMPLETE


def is_complete(booking: Booking) -> bool:
    """Return whether the session can take place as things stand: staff, both people, their right to record."""
    slot, pair = booking.slot, booking.pair
    if not all(person.is_active for person in people_of(pair)) or not is_staffed(slot, project=slot.project):
        return False
    return next(missing_conditions(pair, by=pair.person_a, on=local_date(slot)), None) is None


def people_of(pair: Pair) -> tuple[User, User]:
    """Return the two."""
    return pair.person_a, pair.person_b


def tell_managers(reminder: Reminder, *, now: datetime) -> None:
    """Tell every manager, once for each kind of reminder, that the booking is incomplete. Rules: R-19, R-25."""
    booking = reminder.booking
    for manager in User.objects.filter(is_active=True, groups__name=Role.MANAGER).order_by("pk"):
        key = f"incomplete:{booking.pk}:{reminder.hours_before}:{manager.pk}"
        for channel in channels_of(manager):
            post_message(
                manager,
                channel=channel,
                template="session_incomplete",
                key=key if channel == Channel.SMS else f"{key}:{channel}",
                params=params_of(booking, person=manager, template="session_incomplete"),
                now=now,
                expires_at=booking.slot.starts_at,
                quiet=quiet_hours_of(booking.slot),
            )


def follow_messages(*, now: datetime) -> None:
    """Write what became of the messages: sent, failed, not sent, or sent again by a human."""
    for reminder in _behind().select_related("message").order_by("pk")[:BATCH]:
        message = reminder.message
        if message is not None:
            status = STATUS_OF_MESSAGE[MessageStatus(message.status)]
            move_reminder(reminder, status, by=None, now=now)


def _behind() -> QuerySet[Reminder]:
    """Return the reminders whose message has gone on."""
    stages: dict[str, list[str]] = {}
    for message_status, status in STATUS_OF_MESSAGE.items():
        stages.setdefault(status, []).append(message_status)
    behind = Q()
    for status in (ReminderStatus.POSTED, ReminderStatus.FAILED):
        behind |= Q(status=status) & ~Q(message__status__in=stages[status])
    return Reminder.objects.filter(behind, status__in=[ReminderStatus.POSTED, ReminderStatus.FAILED])
