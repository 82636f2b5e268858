"""What managers wrote in place of a message's text in the code."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.append_only import AppendOnly
from accounts.models.message import Channel


class MessageText(AppendOnly):
    """
    One version of the words of one kind of message, on one channel, in one language.

    The latest holds; one without a body means that the code's own text holds again.
    """

    template = models.CharField(_("template"), max_length=40)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices)
    language = models.CharField(_("language"), max_length=10)
    subject = models.CharField(_("subject"), max_length=120, blank=True)
    body = models.TextField(_("text"), blank=True)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("written by")
    )
    written_at = models.DateTimeField(_("written at"))

    class Meta:
        verbose_name = _("message text")
        verbose_name_plural = _("message texts")
        indexes = [models.Index(fields=["template", "channel", "language", "id"], name="message_text_latest")]

    def __str__(self) -> str:
        return f"{self.template} ({self.channel}, {self.language})"
