"""Reminders in the race tests: confirmed bookings whose reminders are due."""

from datetime import datetime, timedelta

from accounts.models import Message
from scheduling import bookings, reminders, telling
from scheduling.models import Booking, BookingNews, Reminder, ReminderEvent
from tests.factories import NOW, THURSDAY_MORNING, make_booking, make_project, make_slot

DUE_AT = THURSDAY_MORNING - timedelta(hours=48)


def make_confirmed(*, count: int) -> list[int]:
    """Let pairs have a confirmed session each, on one morning."""
    project = make_project()
    return [make_booking(project=project, slot=make_slot(project=project)).pk for _number in range(count)]


def remind(*, at: str) -> int:
    """Run the periodic task."""
    return reminders.remind(now=datetime.fromisoformat(at))


def tell() -> int:
    """Run the periodic task that tells what became of bookings."""
    return telling.tell_bookings(now=NOW)


def cancel(*, booking: int) -> str:
    """Let the one who booked cancel."""
    row = Booking.objects.get(pk=booking)
    bookings.cancel_booking(row, by=row.booked_by, now=DUE_AT)
    return "cancelled"


def look_at_reminders() -> dict[str, object]:
    """Return what is left: states, moves, and the messages."""
    due = Reminder.objects.filter(hours_before=48)
    return {
        "states": sorted(due.values_list("status", flat=True)),
        "moves": ReminderEvent.objects.filter(reminder__in=due).count(),
        "messages": Message.objects.filter(template="session_reminder").count(),
        "news": BookingNews.objects.count(),
        "told": Message.objects.filter(template="booking_confirmed").count(),
    }
