"""Studios: the people who work there. Whether they are open is in `places`."""

from accounts.models import User
from scheduling.models import Studio, StudioStaff


def employ(person: User, *, studio: Studio) -> StudioStaff:
    """Return the row that lets a rota of the studio name the person; made once. Rule: R-19."""
    return StudioStaff.objects.get_or_create(studio=studio, person=person)[0]


def dismiss(staff: StudioStaff) -> None:
    """Let no rota name the person for this studio any more; shifts that are assigned stand. Rule: R-19."""
    staff.delete()
