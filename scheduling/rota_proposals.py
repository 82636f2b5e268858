"""Putting a proposed rota into effect: what changed since it was shown is skipped and said. Rule: R-19."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from scheduling.models import Slot
from scheduling.rota import RotaRefused, assign_staff

# A week of the largest studios; a form with more was not made by our page.
MOST_LINES = 600


@dataclass
class Outcome:
    """How many people were put on the rota, and whom not, with the reason."""

    assigned: int = 0
    skipped: list[tuple[User, Slot, str]] = field(default_factory=list)


def apply_proposal(lines: Iterable[tuple[int, int]], *, by: User, now: datetime) -> Outcome:
    """
    Put each (slot, person) on the rota, in the order of the slots; return what was done.

    Each line is a transaction of its own, looked at anew as `assign_staff` does: two
    managers who apply at once fill each slot once, and who stops in the middle has the
    rest proposed again. Raise RotaRefused: "nothing" without lines, "too_many". Rules: R-19, R-20.
    """
    wanted = sorted(set(lines))
    if not wanted:
        raise RotaRefused(_("Nobody is ticked. Tick whom you want on the rota."), code="nothing")
    if len(wanted) > MOST_LINES:
        raise RotaRefused(_("Too many at once. Choose a city first."), code="too_many")
    slots = Slot.objects.select_related("booth__studio__city").in_bulk({slot for slot, _person in wanted})
    people = User.objects.select_related("profile").in_bulk({person for _slot, person in wanted})
    outcome = Outcome()
    for slot_id, person_id in wanted:
        slot, person = slots.get(slot_id), people.get(person_id)
        if slot is None or person is None:
            continue
        try:
            assign_staff(slot, person=person, by=by, now=now, is_proposed=True)
            outcome.assigned += 1
        except ValidationError as refusal:
            outcome.skipped.append((person, slot, " ".join(refusal.messages)))
    return outcome
