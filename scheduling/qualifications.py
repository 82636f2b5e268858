"""Qualifications: the right to book in a project, its moves and their reasons. Rule: R-15."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from scheduling.models import (
    Objection,
    Project,
    Qualification,
    QualificationCause,
    QualificationEvent,
    QualificationStatus,
)
from scheduling.retries import retried
from scheduling.suspension_news import tell_of_move

LONGEST_OBJECTION = 1000

MOVES: dict[str, frozenset[str]] = {
    QualificationStatus.ACTIVE: frozenset({QualificationStatus.SUSPENDED, QualificationStatus.WITHDRAWN}),
    # Suspended again: for another ground, or kept so after an objection.
    QualificationStatus.SUSPENDED: frozenset(
        {QualificationStatus.ACTIVE, QualificationStatus.WITHDRAWN, QualificationStatus.SUSPENDED}
    ),
    QualificationStatus.WITHDRAWN: frozenset({QualificationStatus.ACTIVE}),
}


class QualificationRefused(ValidationError):
    """The qualification cannot be moved so. Codes: "reason", "moved", "not_suspended", "no_words", "waits"."""


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


@retried
@transaction.atomic
def suspend_qualification(
    qualification: Qualification, *, by: User | None, now: datetime, reason: str
) -> None:
    """
    Keep the person from booking until the qualification is restored by hand.

    One that is suspended for no-shows gets this as its ground: it does not end with them any
    more. Raise QualificationRefused: "reason" without one, "moved" when it is neither active
    nor suspended for no-shows. Locks the qualification. Rules: R-15, R-26.
    """
    _need_reason(reason)
    if qualification.status == QualificationStatus.SUSPENDED:
        Qualification.objects.select_for_update(no_key=True).get(pk=qualification.pk)
        if ground_of(qualification) != QualificationCause.NO_SHOWS:
            raise _moved()
    move_qualification(qualification, QualificationStatus.SUSPENDED, by=by, now=now, reason=reason)


@retried
@transaction.atomic
def keep_suspended(qualification: Qualification, *, by: User, now: datetime, reason: str) -> None:
    """
    Answer an objection: the suspension stays, on the ground that it has.

    Raise QualificationRefused: "reason" without one, "moved" when it is not suspended. Locks
    the qualification. Rule: R-26.
    """
    _need_reason(reason)
    if qualification.status != QualificationStatus.SUSPENDED:
        raise _moved()
    Qualification.objects.select_for_update(no_key=True).get(pk=qualification.pk)
    cause = ground_of(qualification)
    move_qualification(
        qualification, QualificationStatus.SUSPENDED, by=by, now=now, cause=cause, reason=reason
    )


def ground_of(qualification: Qualification) -> str:
    """Return the cause of the last suspension: one of QualificationCause, "" for what somebody typed."""
    suspensions = qualification.events.filter(new=QualificationStatus.SUSPENDED).order_by("-pk")
    return suspensions.values_list("cause", flat=True).first() or ""


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
    qualification: Qualification,
    new: str,
    *,
    by: User | None,
    now: datetime,
    reason: str = "",
    cause: str = "",
) -> None:
    """
    Move the qualification, write its event, and the news of it for the person.

    `cause` is one of QualificationCause, when a rule did it. Raise QualificationRefused(code="moved")
    when it cannot go there.
    """
    old = qualification.status
    is_moved = new in MOVES[old] and Qualification.objects.filter(pk=qualification.pk, status=old).update(
        status=new
    )
    if not is_moved:
        raise _moved()
    qualification.status = new
    event = QualificationEvent.objects.create(
        qualification=qualification, old=old, new=new, by=by, at=now, reason=reason.strip(), cause=cause
    )
    tell_of_move(event, now=now)


def _moved() -> QualificationRefused:
    return QualificationRefused(
        _("This qualification was changed in the meantime. Look at it again."), code="moved"
    )


@retried
@transaction.atomic
def object_to_suspension(qualification: Qualification, *, words: str, now: datetime) -> Objection:
    """
    Write what the person says against their suspension; managers read it and answer.

    Raise QualificationRefused: "not_suspended", "no_words", "waits" while an earlier one has
    no answer. Locks the qualification. Rule: R-26.
    """
    locked = Qualification.objects.select_for_update(no_key=True).get(pk=qualification.pk)
    if locked.status != QualificationStatus.SUSPENDED:
        raise QualificationRefused(_("You are not suspended any more."), code="not_suspended")
    if not words.strip():
        raise QualificationRefused(_("Write what happened."), code="no_words")
    if open_objections().filter(qualification=locked).exists():
        raise QualificationRefused(_("Your objection waits for an answer already."), code="waits")
    return Objection.objects.create(qualification=locked, words=words.strip()[:LONGEST_OBJECTION], at=now)


def open_objections() -> QuerySet[Objection]:
    """Return the objections that wait for an answer: nothing has happened to the qualification since."""
    since = QualificationEvent.objects.filter(qualification=OuterRef("qualification"), at__gte=OuterRef("at"))
    waiting = Objection.objects.filter(~Exists(since), qualification__status=QualificationStatus.SUSPENDED)
    return waiting.order_by("pk")


def is_qualified(person: User, *, project: Project) -> bool:
    """Return whether the person may book in the project now. Rule: R-15."""
    return Qualification.objects.filter(
        project=project, person=person, status=QualificationStatus.ACTIVE
    ).exists()


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise QualificationRefused(_("Write the reason: the person will be told."), code="reason")
