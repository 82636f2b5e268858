"""Keys that make a form sent twice count once."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class FormKey(models.Model):
    """
    A key made when a form was rendered, written when it is sent.

    Same key and same content: the first answer again. Same key, other content:
    422. Still running: 409. Keys are kept 24 hours; a crash frees them.
    """

    key = models.CharField(_("key"), max_length=64)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("person")
    )
    digest = models.CharField(_("digest of the content"), max_length=64)
    started_at = models.DateTimeField(_("started at"))
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answer = models.CharField(_("where the answer led"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("form key")
        verbose_name_plural = _("form keys")
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="a_form_key_is_used_once")]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"
