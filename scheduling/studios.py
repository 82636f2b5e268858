"""Studios: their booths, open or closed, and the people who work there."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from scheduling.locks import lock_slots
from scheduling.models import Booth, Slot, Studio, StudioStaff
from scheduling.retries import retried


@retried
def open_booth(booth: Booth) -> None:
    """Let slots of the booth be published and booked again; the sweep offers them to who waits. Rule: R-18."""
    Booth.objects.filter(pk=booth.pk).update(is_open=True)


@retried
@transaction.atomic
def close_booth(booth: Booth, *, now: datetime) -> None:
    """
    Let no more slots of the booth be published or booked; bookings that exist stand.

    Nobody who read that it is open is still at it when this returns: locks the booth's row, then its
    slots to come. Rule: R-18.
    """
    Booth.objects.select_for_update(no_key=True).get(pk=booth.pk)
    lock_slots(Slot.objects.filter(booth=booth.pk, starts_at__gt=now).values_list("pk", flat=True))
    Booth.objects.filter(pk=booth.pk).update(is_open=False)


def employ(person: User, *, studio: Studio) -> StudioStaff:
    """Return the row that lets a rota of the studio name the person; made once. Rule: R-19."""
    return StudioStaff.objects.get_or_create(studio=studio, person=person)[0]


def dismiss(staff: StudioStaff) -> None:
    """Let no rota name the person for this studio any more; shifts that are assigned stand. Rule: R-19."""
    staff.delete()
