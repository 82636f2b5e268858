"""Amnesties: a manager says from which day on no-shows count, for one person or for a whole project. Rule: R-26."""

from datetime import date, datetime, time

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from scheduling.locks import lock_qualifications
from scheduling.models import Amnesty, Project
from scheduling.retries import retried
from scheduling.standing import settle_qualification


class AmnestyRefused(ValidationError):
    """The amnesty cannot be given. Codes: "reason", "future"."""


@retried
@transaction.atomic
def give_amnesty(
    project: Project,
    *,
    person: User | None,
    counts_from_on: date | None,
    by: User,
    now: datetime,
    reason: str,
) -> Amnesty:
    """
    Let no-shows before the day (of the studios' time zone) count no more; None lets all count again.

    For one person it is settled at once, for all by the worker within minutes: a suspension
    that loses its ground is lifted, one that gets it back returns. Raise AmnestyRefused:
    "reason" without one, "future" for a day to come, which would excuse what nobody has
    missed yet. Locks the person's qualification. Rule: R-26.
    """
    if not reason.strip():
        raise AmnestyRefused(_("Write the reason: whoever looks at it later needs it."), code="reason")
    if counts_from_on is not None and counts_from_on > timezone.localdate(now):
        raise AmnestyRefused(_("This day is still to come. Choose today or an earlier day."), code="future")
    locked = lock_qualifications([person.pk], project_id=project.pk) if person else {}
    amnesty = Amnesty.objects.create(
        project=project,
        person=person,
        counts_from_at=_start_of(counts_from_on) if counts_from_on else None,
        reason=reason.strip(),
        by=by,
        at=now,
    )
    for qualification in locked.values():
        settle_qualification(qualification, by=by, now=now)
    return amnesty


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())
