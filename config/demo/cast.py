"""Who stands in the demo: the staff by name, and the participants that are worth being for a moment."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.access import Role
from accounts.models import User


@dataclass(frozen=True)
class StaffPart:
    """One member of staff. `number` is the end of the phone number, so that a phone names one part for good."""

    number: int
    name: str
    roles: tuple[str, ...]
    title: Promise


STAFF = (
    StaffPart(1, "艾达", (Role.ADMINISTRATOR,), _("Administrator")),
    StaffPart(2, "马兰", (Role.MANAGER,), _("Manager")),
    StaffPart(3, "方芸", (Role.FINANCE,), _("Finance, makes batches")),
    StaffPart(4, "费岚", (Role.FINANCE,), _("Finance, approves them")),
    StaffPart(5, "李评", (Role.LEAD_REVIEWER,), _("Lead reviewer")),
    StaffPart(6, "芮听", (Role.REVIEWER,), _("Reviewer")),
    StaffPart(7, "陶听", (Role.REVIEWER,), _("Reviewer")),
    StaffPart(8, "燕听", (Role.REVIEWER,), _("Reviewer")),
)
OPERATOR_TITLE = _("Operator")
# The two who accompany the session that is running while the demo is looked at.
TONIGHT_FROM = 60
# A studio with two booths needs four people at a time.
OPERATORS_FROM, OPERATORS_PER_CITY = 20, 4

# The participants whose place in the story is worth seeing, by the key that `story.py` gives them.
PARTS = {
    "newcomer": _("Participant, just signed up"),
    "in_review": _("Participant, sample in review"),
    "rejected": _("Participant, sample rejected"),
    "looking": _("Participant, qualified, has no partner yet"),
    "paired": _("Participant, has a partner, no booking yet"),
    "asked": _("Participant, asked to confirm a session"),
    "booked": _("Participant, session confirmed"),
    "paid": _("Participant, recorded and paid"),
    "refused": _("Participant, sample file not accepted"),
}
STAFF_PHONE = "+8613900000{:03d}"
PART_PHONE = "+8613700000{:03d}"


@dataclass(frozen=True)
class Door:
    """One button of the demo's sign-in page."""

    person: User
    name: str
    title: str
    is_staff: bool


def demo_doors() -> list[Door]:
    """Return the people whom a visitor of the demo can be, staff first; empty before the demo is filled."""
    titles = {STAFF_PHONE.format(part.number): part.title for part in STAFF}
    titles[STAFF_PHONE.format(OPERATORS_FROM)] = OPERATOR_TITLE
    parts = {PART_PHONE.format(index): title for index, title in enumerate(PARTS.values(), start=1)}
    found = User.objects.filter(phone__in=[*titles, *parts]).select_related("profile")
    by_phone = {person.phone: person for person in found}
    return [
        Door(by_phone[phone], _name_of(by_phone[phone]), str(title), phone in titles)
        for phone, title in [*titles.items(), *parts.items()]
        if phone in by_phone
    ]


def _name_of(person: User) -> str:
    return person.profile.name if hasattr(person, "profile") else person.pseudonym
