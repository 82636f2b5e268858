"""Release moments: a batch of slots that opens for everybody at one moment."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.append_only import StatusEvent
from accounts.fields import EncryptedTextField
from scheduling.models.project import Project


class ReleaseStatus(models.TextChoices):
    PLANNED = "planned", _("Opens later")
    DRAWING = "drawing", _("Draw is running")
    OPEN = "open", _("Released")
    CANCELLED = "cancelled", _("Release cancelled")


class ReleaseCause(models.TextChoices):
    """What a rule did, where the state alone does not say it."""

    MOMENT_CHANGED = "moment", _("the moment was changed")
    AT_ONCE = "at_once", _("released at once")
    SLOTS_ADDED = "slots_added", _("slots were added")
    SLOT_OUT = "slot_out", _("a slot was taken out")


class Release(models.Model):
    """
    A moment at which a batch of slots opens. Pairs enter their wishes before it; a draw gives them their turn.

    `seed` orders the draw. It is made with the release and told to nobody before the draw; `seed_sha256`
    is told from the start, so that nobody can choose another seed afterwards. Rule: R-45.
    """

    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="releases", verbose_name=_("project")
    )
    name = models.CharField(_("name"), max_length=60)
    opens_at = models.DateTimeField(_("opens at"))
    status = models.CharField(
        _("status"), max_length=10, choices=ReleaseStatus.choices, default=ReleaseStatus.PLANNED
    )
    seed = EncryptedTextField(_("seed of the draw"), editable=False)
    seed_sha256 = models.CharField(_("SHA-256 of the seed"), max_length=64, editable=False)
    made_at = models.DateTimeField(_("made at"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("made by")
    )

    class Meta:
        verbose_name = _("release moment")
        verbose_name_plural = _("release moments")
        ordering = ["-opens_at", "-id"]
        indexes = [models.Index(fields=["status", "opens_at"], name="release_due")]

    def __str__(self) -> str:
        return self.name


class ReleaseEvent(StatusEvent):
    """A change of a release: its state; or its moment or `slot_count` of its slots (then the state stays)."""

    release = models.ForeignKey(
        Release, on_delete=models.PROTECT, related_name="events", verbose_name=_("release moment")
    )
    cause = models.CharField(_("cause"), max_length=16, choices=ReleaseCause.choices, blank=True)
    slot_count = models.PositiveSmallIntegerField(_("number of slots"), null=True, blank=True)
    old = models.CharField(_("before"), max_length=14, choices=ReleaseStatus.choices, blank=True)
    new = models.CharField(_("after"), max_length=14, choices=ReleaseStatus.choices)

    class Meta:
        verbose_name = _("release event")
        verbose_name_plural = _("release events")
