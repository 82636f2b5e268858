"""The private addresses under which staff follow their shifts in a calendar."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import EncryptedTextField


class CalendarFeed(models.Model):
    """
    One address of one member of staff; renewing it makes another row.

    The address holds a secret: it is found by its hash, and kept sealed so that its
    person can look it up again. A row without its token is a feed that was revoked.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="feeds", verbose_name=_("person")
    )
    token_sha256 = models.CharField(_("SHA-256 of the secret"), max_length=64, unique=True)
    sealed_token = EncryptedTextField(_("the secret"), default="", editable=False)
    made_at = models.DateTimeField(_("made at"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(revoked_at=None), name="one_open_feed_per_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person}"
