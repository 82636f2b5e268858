"""Reports of one participant about another, and what managers do about them. Rules: R-15, R-17."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.people import lock_people
from scheduling.board import hide_entry_of
from scheduling.models import (
    BoardEntry,
    Project,
    Qualification,
    QualificationStatus,
    Report,
    ReportEvent,
    ReportReason,
    ReportStatus,
)
from scheduling.qualifications import suspend_qualification
from scheduling.retries import retried
from scheduling.standing import is_for_no_shows

MOVES: dict[str, frozenset[str]] = {
    ReportStatus.OPEN: frozenset({ReportStatus.DISMISSED, ReportStatus.HIDDEN, ReportStatus.SUSPENDED}),
    **{status: frozenset() for status in ReportStatus if status != ReportStatus.OPEN},
}


class ReportRefused(ValidationError):
    """
    A report is not taken or not settled.

    Codes: "own", "text", "reported", "reason", "no_entry", "not_open", "moved".
    """


def report_person(
    person: User,
    *,
    project: Project,
    entry: BoardEntry | None,
    reason: str,
    text: str,
    by: User,
    now: datetime,
) -> Report:
    """
    Return a new report about the person, or about what they wrote on the board.

    Raise ReportRefused: "own", "text" (something else, without words), "reported" (the
    last report of theirs is still open). The reported person is not told.
    """
    if person.pk == by.pk:
        raise ReportRefused(_("You cannot report yourself."), code="own")
    if reason == ReportReason.OTHER and not text.strip():
        raise ReportRefused(_("Write what happened."), code="text")
    try:
        return _write_report(
            Report(
                project=project,
                reporter=by,
                person=person,
                entry=entry,
                reason=reason,
                text=text.strip(),
                made_at=now,
            )
        )
    except IntegrityError as error:
        raise ReportRefused(
            _("You have reported this person already. A manager looks at it."), code="reported"
        ) from error


@retried
@transaction.atomic
def _write_report(report: Report) -> Report:
    report.save(force_insert=True)
    ReportEvent.objects.create(report=report, new=report.status, by=report.reporter, at=report.made_at)
    return report


def dismiss_report(report: Report, *, by: User, now: datetime, reason: str) -> None:
    """Leave everything as it is. Raise ReportRefused: "reason" without one, "moved"."""
    _move_report(report, ReportStatus.DISMISSED, by=by, now=now, reason=reason)


@retried
@transaction.atomic
def hide_entry(report: Report, *, by: User, now: datetime, reason: str) -> None:
    """
    Take what the reported person has on the board off it, edited or not; they may publish another entry.

    The other open reports about what they wrote in this project are settled with it.
    Raise ReportRefused: "reason", "no_entry" (a report about a person alone), "not_open"
    (nothing of theirs is on the board), "moved". Locks the person's row.
    """
    entry, project = report.entry, report.project
    if entry is None:
        raise ReportRefused(_("This report is about no board entry."), code="no_entry")
    lock_people(entry.person_id)
    _move_report(report, ReportStatus.HIDDEN, by=by, now=now, reason=reason)
    if not hide_entry_of(entry.person, project=project, by=by, now=now, reason=reason):
        raise ReportRefused(
            _("This person has nothing on the board now. Suspend them, or leave it at “nothing found”."),
            code="not_open",
        )
    alike = Report.objects.filter(project=project, entry__person=entry.person)
    _settle_alike(alike, report, by=by, now=now, reason=reason)


@retried
@transaction.atomic
def suspend_person(report: Report, *, by: User, now: datetime, reason: str) -> None:
    """
    Suspend the reported person's qualification, which takes them off the board too.

    The other open reports about them in this project are settled with it. Raise
    ReportRefused: "reason", "moved"; QualificationRefused when it is not active. Locks
    the person's row. Rule: R-15.
    """
    lock_people(report.person_id)
    _move_report(report, ReportStatus.SUSPENDED, by=by, now=now, reason=reason)
    qualification = Qualification.objects.filter(project=report.project, person=report.person).first()
    if qualification is None or not _may_suspend(qualification):
        raise ReportRefused(_("This person may not book now anyway. Dismiss the report."), code="moved")
    hide_entry_of(report.person, project=report.project, by=by, now=now, reason=reason)
    suspend_qualification(qualification, by=by, now=now, reason=reason)
    alike = Report.objects.filter(project=report.project, person=report.person)
    _settle_alike(alike, report, by=by, now=now, reason=reason)


def _may_suspend(qualification: Qualification) -> bool:
    """Return whether a report can be a ground: for who may book, and who is suspended for no-shows alone."""
    return qualification.status == QualificationStatus.ACTIVE or is_for_no_shows(qualification)


def open_reports() -> QuerySet[Report]:
    """Return the reports that wait for a manager."""
    return Report.objects.filter(status=ReportStatus.OPEN)


def _settle_alike(alike: QuerySet[Report], report: Report, *, by: User, now: datetime, reason: str) -> None:
    for other in alike.filter(status=ReportStatus.OPEN).exclude(pk=report.pk).order_by("pk"):
        _move_report(other, report.status, by=by, now=now, reason=reason)


@transaction.atomic
def _move_report(report: Report, new: str, *, by: User, now: datetime, reason: str) -> None:
    """Move the report and write its event. Raise ReportRefused: "reason" without one, "moved"."""
    if not reason.strip():
        raise ReportRefused(_("Write why: it stays in the history."), code="reason")
    old = report.status
    rows = Report.objects.filter(pk=report.pk, status=old)
    if new not in MOVES[old] or not rows.update(status=new):
        raise ReportRefused(_("Somebody else has settled this report meanwhile."), code="moved")
    report.status = new
    ReportEvent.objects.create(report=report, old=old, new=new, by=by, at=now, reason=reason.strip()[:300])
