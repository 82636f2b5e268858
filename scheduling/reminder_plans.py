"""
The rows of reminders: when each is due, planned with a confirmed booking, dropped with it. Rule: R-25.

See docs/decisions/0022. `reminders` looks at those that are due.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.models import Channel, Message, Profile, User
from accounts.outbox import QuietHours, quiet_end
from scheduling.models import Booking, Reminder, ReminderEvent, ReminderStatus, Slot

# A reminder that would be read later than this before the start comes the evening before instead.
NOTICE = timedelta(hours=1)
# It leaves this long before the quiet hours begin: the worker comes each minute, and may be late.
BEFORE_QUIET = timedelta(minutes=15)

MOVES: dict[str, frozenset[str]] = {
    ReminderStatus.WAITING: frozenset({ReminderStatus.POSTED, ReminderStatus.DROPPED}),
    ReminderStatus.POSTED: frozenset({ReminderStatus.SENT, ReminderStatus.FAILED, ReminderStatus.DROPPED}),
    ReminderStatus.FAILED: frozenset({ReminderStatus.POSTED, ReminderStatus.SENT, ReminderStatus.DROPPED}),
    ReminderStatus.SENT: frozenset(),
    ReminderStatus.DROPPED: frozenset(),
}
ENDED = gettext_noop("the booking does not stand any more")


def quiet_hours_of(slot: Slot) -> QuietHours:
    """Return the hours, of the slot's city, in which nobody gets a message. Rule: R-25."""
    project = slot.project
    return QuietHours(project.quiet_from_hour, project.quiet_to_hour, slot.booth.studio.city.timezone)


def plan_reminders(booking: Booking, *, now: datetime) -> int:
    """
    Plan the reminders of a confirmed booking that are still to come; return how many. Twice plans once.

    For each of the two, at the project's `reminder_hours`, by SMS, and by e-mail to who has
    a confirmed address. The booking says when that was done; as long as its project has no
    hours it is not. Four queries, in the caller's transaction. Rule: R-25.
    """
    slot = Slot.objects.select_related("project", "booth__studio__city").get(pk=booking.slot_id)
    if not slot.project.reminder_hours:
        return 0
    booking.reminders_planned_at = now
    Booking.objects.filter(pk=booking.pk).update(reminders_planned_at=now)
    people = [booking.pair.person_a_id, booking.pair.person_b_id]
    with_address = set(
        Profile.objects.filter(user__in=people, email_verified_at__isnull=False)
        .exclude(email="")
        .values_list("user_id", flat=True)
    )
    due = [(hours, at, until) for hours, at, until in due_times(slot) if at > now]
    rows = [
        Reminder(
            booking=booking,
            person_id=person_id,
            hours_before=hours,
            channel=channel,
            planned_at=now,
            due_at=at,
            expires_at=until,
        )
        for hours, at, until in due
        for person_id in people
        for channel in ([Channel.SMS, Channel.EMAIL] if person_id in with_address else [Channel.SMS])
    ]
    Reminder.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def due_times(slot: Slot) -> list[tuple[int, datetime, datetime]]:
    """
    Return the project's reminders of the slot as (hours before, when due, when too late), the earliest first.

    One is too late once the next is due: nobody gets two at once after a break.
    """
    quiet = quiet_hours_of(slot)
    hours = sorted(set(slot.project.reminder_hours), reverse=True)
    moments = [due_at_of(slot.starts_at, hours=each, quiet=quiet) for each in hours]
    return list(zip(hours, moments, [*moments, slot.starts_at][1:], strict=True))


def due_at_of(starts_at: datetime, *, hours: int, quiet: QuietHours) -> datetime:
    """
    Return when the reminder is due: `hours` before the start, or after the quiet hours it falls into.

    When that leaves less than an hour, it is due before those quiet hours began. Rule: R-25.
    """
    due_at = starts_at - timedelta(hours=hours)
    after = quiet_end(due_at, quiet=quiet)
    if after == due_at or starts_at - after >= NOTICE:
        return after
    local = timezone.localtime(due_at, ZoneInfo(quiet.zone) if quiet.zone else None)
    began_at = local.replace(hour=quiet.from_hour, minute=0, second=0, microsecond=0)
    return (began_at if began_at <= local else began_at - timedelta(days=1)) - BEFORE_QUIET


def drop_reminders(booking: Booking, *, by: User | None, now: datetime) -> None:
    """Let the reminders that still wait go with their booking; those in the outbox are looked at there."""
    for reminder in Reminder.objects.filter(booking=booking, status=ReminderStatus.WAITING):
        move_reminder(reminder, ReminderStatus.DROPPED, by=by, now=now, reason=ENDED)


@transaction.atomic
def move_reminder(
    reminder: Reminder,
    to: str,
    *,
    by: User | None,
    now: datetime,
    reason: str = "",
    message: Message | None = None,
) -> bool:
    """
    Move the reminder by compare-and-swap, with its event; return False when somebody was faster.

    Raise ValueError for a move that MOVES does not have.
    """
    old = reminder.status
    if to not in MOVES[old]:
        raise ValueError(f"a reminder does not go from {old} to {to}")
    figures = {"message": message} if message else {}
    if not Reminder.objects.filter(pk=reminder.pk, status=old).update(status=to, **figures):
        return False
    reminder.status = to
    ReminderEvent.objects.create(reminder=reminder, old=old, new=to, by=by, at=now, reason=reason)
    return True
