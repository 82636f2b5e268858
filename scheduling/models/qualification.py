"""The right to book in a project, granted by an approved sample."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.append_only import AppendOnly, StatusEvent
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


class QualificationCause(models.TextChoices):
    """Why the rules themselves moved a qualification. No form writes it: what people type stands in `reason`."""

    NO_SHOWS = "no_shows", _("missed sessions")
    NO_GROUND = "no_ground", _("the missed sessions do not count any more")


class QualificationEvent(StatusEvent):
    """
    A change of a qualification's status, with its cause or reason.

    The last one that suspends says on what ground: its cause, or what somebody typed. From
    suspended to suspended it names another ground, or answers an objection.
    """

    qualification = models.ForeignKey(
        Qualification, on_delete=models.PROTECT, related_name="events", verbose_name=_("qualification")
    )
    old = models.CharField(_("before"), max_length=14, choices=QualificationStatus.choices, blank=True)
    new = models.CharField(_("after"), max_length=14, choices=QualificationStatus.choices)
    cause = models.CharField(_("cause"), max_length=16, choices=QualificationCause.choices, blank=True)

    class Meta:
        verbose_name = _("qualification event")
        verbose_name_plural = _("qualification events")

    @property
    def why(self) -> str:
        """The cause in the reader's language, and what somebody typed, as they did."""
        return " · ".join(filter(None, [self.get_cause_display(), self.reason]))


class Amnesty(AppendOnly):
    """
    From which session on no-shows count in a project, for one person or for all. Rule: R-26.

    The latest row of the project, and the latest of the person in it, hold; without a time all count.
    """

    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="amnesties", verbose_name=_("project")
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="amnesties",
        verbose_name=_("person"),
    )
    counts_from_at = models.DateTimeField(_("no-shows count from"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("amnesty")
        verbose_name_plural = _("amnesties")
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="an_amnesty_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.project} {self.counts_from_at or '—'}"


class Objection(AppendOnly):
    """What somebody says against their suspension; the next event of the qualification answers it."""

    qualification = models.ForeignKey(
        Qualification, on_delete=models.PROTECT, related_name="objections", verbose_name=_("qualification")
    )
    words = models.TextField(_("words"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("objection")
        verbose_name_plural = _("objections")

    def __str__(self) -> str:
        return f"{self.qualification}"
