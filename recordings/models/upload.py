"""A file on its way in, piece by piece. The bytes lie in a part file on this machine; see `recordings/parts.py`."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from recordings.models.sample import Sample
from scheduling.models import Project


class Upload(models.Model):
    """
    An upload of a sample that goes on where it was cut.

    `offset_bytes` counts what is on the disk for certain, and checked where the
    sender gave a checksum; the part file may be longer after a crash, and what
    lies behind the offset is not believed. Of what the sender says about the
    file only `metadata` is kept, as it was sent: never a file name.
    """

    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="uploads", verbose_name=_("project")
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="uploads", verbose_name=_("person")
    )
    key = models.CharField(_("key"), max_length=32, unique=True, help_text=_("Random; names the part file."))
    length_bytes = models.PositiveBigIntegerField(_("size (bytes)"))
    offset_bytes = models.PositiveBigIntegerField(_("arrived (bytes)"), default=0)
    metadata = models.CharField(_("metadata"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("begun at"))
    touched_at = models.DateTimeField(_("last bytes at"))
    expires_at = models.DateTimeField(_("expires at"))
    sample = models.OneToOneField(
        Sample,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="upload",
        verbose_name=_("sample"),
        help_text=_("What was made of it."),
    )

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        indexes = [models.Index(fields=["expires_at"], name="upload_expiry")]
        constraints = [
            models.CheckConstraint(
                condition=Q(offset_bytes__lte=F("length_bytes")),
                name="an_upload_holds_no_more_than_its_length",
            ),
            models.CheckConstraint(
                condition=Q(sample=None) | Q(offset_bytes=F("length_bytes")),
                name="a_sample_is_made_of_a_whole_upload",
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.key[:8]}"

    def get_absolute_url(self) -> str:
        return reverse("recordings:upload_detail", args=[self.key])
