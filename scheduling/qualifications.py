"""Qualifications: the right to book in a project, its moves and their reasons. Rule: R-15."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from scheduling.models import Project, Qualification, QualificationEvent, QualificationStatus
from scheduling.retries import retried

MOVES: dict[str, frozenset[str]] = {
    QualificationStatus.ACTIVE: frozenset({QualificationStatus.SUSPENDED, QualificationStatus.WITHDRAWN}),
    QualificationStatus.SUSPENDED: frozenset({QualificationStatus.ACTIVE, QualificationStatus.WITHDRAWN}),
    QualificationStatus.WITHDRAWN: frozenset({QualificationStatus.ACTIVE}),
}


class QualificationRefused(ValidationError):
    """The qualification cannot be moved so. Codes: "reason", "moved"."""


@retried
@transaction.atomic
def grant_qualification(
    person: User, *, project: Project, by: User | None, now: datetime, reason: str = ""
) -> Qualification:
    """
    Return the person's qualification for the project, made or given back.

    An active one is returned as it is, and so is a suspended one: a new sample
    does not undo a suspension, `restore_qualification` does. Rule: R-15.
    """
    qualification, is_new = Qualification.objects.get_or_create(
        project=project, person=person, defaults={"granted_at": now}
    )
    if is_new:
        QualificationEvent.objects.create(
            qualification=qualification, new=qualification.status, by=by, at=now, reason=reason
        )
    elif qualification.status == QualificationStatus.WITHDRAWN:
        move_qualification(qualification, QualificationStatus.ACTIVE, by=by, now=now, reason=reason)
    return qualification


def suspend_qualification(
    qualification: Qualification, *, by: User | None, now: datetime, reason: str
) -> None:
    """
    Keep the person from booking until the qualification is restored.

    Raise QualificationRefused: "reason" without one, "moved" when it is not active. Rule: R-15.
    """
    _need_reason(reason)
    move_qualification(qualification, QualificationStatus.SUSPENDED, by=by, now=now, reason=reason)


def withdraw_qualification(
    qualification: Qualification, *, by: User | None, now: datetime, reason: str
) -> None:
    """
    End the person's right to book in the project.

    Raise QualificationRefused: "reason" without one, "moved" when it is withdrawn already. Rule: R-15.
    """
    _need_reason(reason)
    move_qualification(qualification, QualificationStatus.WITHDRAWN, by=by, now=now, reason=reason)


def restore_qualification(
    qualification: Qualification, *, by: User | None, now: datetime, reason: str
) -> None:
    """
    Let the person book again.

    Raise QualificationRefused: "reason" without one, "moved" when it is active. Rule: R-15.
    """
    _need_reason(reason)
    move_qualification(qualification, QualificationStatus.ACTIVE, by=by, now=now, reason=reason)


@transaction.atomic
def move_qualification(
    qualification: Qualification, new: str, *, by: User | None, now: datetime, reason: str
) -> None:
    """Move the qualification and write its event. Raise QualificationRefused(code="moved") when it cannot go there."""
    old = qualification.status
    is_moved = new in MOVES[old] and Qualification.objects.filter(pk=qualification.pk, status=old).update(
        status=new
    )
    if not is_moved:
        raise QualificationRefused(
            _("This qualification was changed in the meantime. Look at it again."), code="moved"
        )
    qualification.status = new
    QualificationEvent.objects.create(
        qualification=qualification, old=old, new=new, by=by, at=now, reason=reason.strip()
    )


def is_qualified(person: User, *, project: Project) -> bool:
    """Return whether the person may book in the project now. Rule: R-15."""
    return Qualification.objects.filter(
        project=project, person=person, status=QualificationStatus.ACTIVE
    ).exists()


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise QualificationRefused(_("Write the reason: the person will be told."), code="reason")
