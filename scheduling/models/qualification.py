"""The right to book in a project, granted by an approved sample."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.append_only import StatusEvent
from scheduling.models.project import Project


class QualificationStatus(models.TextChoices):
    ACTIVE = "active", _("Active")
    SUSPENDED = "suspended", _("Suspended")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Qualification(models.Model):
    """One person's right to book in one project. Rule: R-15."""

    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="qualifications", verbose_name=_("project")
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="qualifications",
        verbose_name=_("person"),
    )
    status = models.CharField(
        _("status"), max_length=10, choices=QualificationStatus.choices, default=QualificationStatus.ACTIVE
    )
    granted_at = models.DateTimeField(_("granted at"))

    class Meta:
        verbose_name = _("qualification")
        verbose_name_plural = _("qualifications")
        constraints = [
            models.UniqueConstraint(
                fields=["project", "person"], name="one_qualification_per_person_and_project"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.project}"


class QualificationEvent(StatusEvent):
    """A change of a qualification's status, with its reason."""

    qualification = models.ForeignKey(
        Qualification, on_delete=models.PROTECT, related_name="events", verbose_name=_("qualification")
    )
    old = models.CharField(_("before"), max_length=14, choices=QualificationStatus.choices, blank=True)
    new = models.CharField(_("after"), max_length=14, choices=QualificationStatus.choices)

    class Meta:
        verbose_name = _("qualification event")
        verbose_name_plural = _("qualification events")
