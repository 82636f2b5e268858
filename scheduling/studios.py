"""Studios: their booths, open or closed, and the people who work there."""

from accounts.models import User
from scheduling.models import Booth, Studio, StudioStaff


def open_booth(booth: Booth) -> None:
    """Let slots of the booth be published and booked again. Rule: R-18."""
    Booth.objects.filter(pk=booth.pk).update(is_open=True)


def close_booth(booth: Booth) -> None:
    """Let no more slots of the booth be published or booked; bookings that exist stand. Rule: R-18."""
    Booth.objects.filter(pk=booth.pk).update(is_open=False)


def employ(person: User, *, studio: Studio) -> StudioStaff:
    """Return the row that lets a rota of the studio name the person; made once. Rule: R-19."""
    return StudioStaff.objects.get_or_create(studio=studio, person=person)[0]


def dismiss(staff: StudioStaff) -> None:
    """Let no rota name the person for this studio any more; shifts that are assigned stand. Rule: R-19."""
    staff.delete()
