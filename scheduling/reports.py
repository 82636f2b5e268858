"""Reports of one participant about another, and what managers do about them. Rules: R-15, R-17."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from scheduling.board import move_entry
from scheduling.models import (
    BoardEntry,
    BoardStatus,
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

MOVES: dict[str, frozenset[str]] = {
    ReportStatus.OPEN: frozenset({ReportStatus.DISMISSED, ReportStatus.HIDDEN, ReportStatus.SUSPENDED}),
    **{status: frozenset() for status in ReportStatus if status != ReportStatus.OPEN},
}


class ReportRefused(ValidationError):
    """A report is not taken or not settled. Codes: "own", "text", "reported", "reason", "no_entry", "moved"."""


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
    Take what the report is about off the board; its person may publish another entry.

    The other open reports about that entry are settled with it. Raise ReportRefused:
    "reason", "no_entry" (a report about a person alone), "moved".
    """
    if report.entry is None:
        raise ReportRefused(_("This report is about no board entry."), code="no_entry")
    _move_report(report, ReportStatus.HIDDEN, by=by, now=now, reason=reason)
    _hide_if_open(report.entry, by=by, now=now, reason=reason)
    _settle_alike(Report.objects.filter(entry=report.entry), report, by=by, now=now, reason=reason)


@retried
@transaction.atomic
def suspend_person(report: Report, *, by: User, now: datetime, reason: str) -> None:
    """
    Suspend the reported person's qualification, which takes them off the board too.

    The other open reports about them in this project are settled with it. Raise
    ReportRefused: "reason", "moved"; QualificationRefused when it is not active. Rule: R-15.
    """
    _move_report(report, ReportStatus.SUSPENDED, by=by, now=now, reason=reason)
    qualification = Qualification.objects.filter(
        project=report.project, person=report.person, status=QualificationStatus.ACTIVE
    ).first()
    if qualification is None:
        raise ReportRefused(_("This person may not book now anyway. Dismiss the report."), code="moved")
    suspend_qualification(qualification, by=by, now=now, reason=reason)
    for entry in BoardEntry.objects.filter(
        project=report.project, person=report.person, status=BoardStatus.OPEN
    ):
        _hide_if_open(entry, by=by, now=now, reason=reason)
    alike = Report.objects.filter(project=report.project, person=report.person)
    _settle_alike(alike, report, by=by, now=now, reason=reason)


def open_reports() -> QuerySet[Report]:
    """Return the reports that wait for a manager."""
    return Report.objects.filter(status=ReportStatus.OPEN)


def _hide_if_open(entry: BoardEntry, *, by: User, now: datetime, reason: str) -> None:
    if entry.status == BoardStatus.OPEN:
        move_entry(entry, BoardStatus.HIDDEN, by=by, now=now, reason=reason)


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
