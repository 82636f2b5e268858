"""What participants report to the managers about each other."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.append_only import StatusEvent
from scheduling.models.board import BoardEntry
from scheduling.models.project import Project


class ReportReason(models.TextChoices):
    CONTACT = "contact", _("Gives or asks for contact details")
    RUDE = "rude", _("Rude, insulting or harassing")
    ADVERTISING = "advertising", _("Advertises or offers money")
    FALSE = "false", _("Is not who they say, or never means to come")
    OTHER = "other", _("Something else")


class ReportStatus(models.TextChoices):
    OPEN = "open", _("Waits for a manager")
    DISMISSED = "dismissed", _("Nothing found")
    HIDDEN = "hidden", _("Board entry hidden")
    SUSPENDED = "suspended", _("Person suspended")


class Report(models.Model):
    """One person says what is wrong with another, or with what they wrote on the board."""

    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="reports", verbose_name=_("project")
    )
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="reports_made",
        verbose_name=_("reporter"),
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="reports_received",
        verbose_name=_("reported person"),
    )
    entry = models.ForeignKey(
        BoardEntry,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reports",
        verbose_name=_("board entry"),
    )
    reason = models.CharField(_("reason"), max_length=12, choices=ReportReason.choices)
    text = models.CharField(_("what happened"), max_length=300, blank=True)
    status = models.CharField(
        _("status"), max_length=10, choices=ReportStatus.choices, default=ReportStatus.OPEN
    )
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        indexes = [models.Index(fields=["status", "made_at"], name="report_queue")]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "reporter", "person"],
                condition=Q(status="open"),
                name="one_open_report_of_a_person_by_a_person",
            ),
            models.CheckConstraint(condition=~Q(reporter=F("person")), name="nobody_reports_themselves"),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.get_reason_display()} {self.get_status_display()}"


class ReportEvent(StatusEvent):
    """A change of a report's status, with the manager's words."""

    report = models.ForeignKey(
        Report, on_delete=models.PROTECT, related_name="events", verbose_name=_("report")
    )
    old = models.CharField(_("before"), max_length=14, choices=ReportStatus.choices, blank=True)
    new = models.CharField(_("after"), max_length=14, choices=ReportStatus.choices)

    class Meta:
        verbose_name = _("report event")
        verbose_name_plural = _("report events")
