"""Where somebody's pay goes."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.append_only import AppendOnly
from accounts.fields import EncryptedTextField


class PayeeAccountKind(models.TextChoices):
    ALIPAY = "alipay", _("Alipay")
    BANK = "bank", _("Bank account")


class PayeeAccount(models.Model):
    """A participant's account, encrypted. Source: PIPL 28."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="payee_account",
        verbose_name=_("person"),
    )
    kind = models.CharField(_("kind"), max_length=8, choices=PayeeAccountKind.choices)
    holder_name = EncryptedTextField(_("name of the holder"))
    number = EncryptedTextField(_("account"))
    number_hash = models.CharField(_("keyed hash of the account"), max_length=64, unique=True)
    bank_name = models.CharField(_("bank"), max_length=80, blank=True)
    updated_at = models.DateTimeField(_("updated at"))

    class Meta:
        verbose_name = _("payee account")
        verbose_name_plural = _("payee accounts")

    def __str__(self) -> str:
        return f"{self.person} {self.kind}"


class AccountAct(models.TextChoices):
    SAVED = "saved", _("Saved")
    REVEALED = "revealed", _("Shown in full")


class AccountEvent(AppendOnly):
    """Somebody saved an account, or had it shown in full: who, when, why. Source: PIPL 28."""

    account = models.ForeignKey(
        PayeeAccount, on_delete=models.PROTECT, related_name="events", verbose_name=_("payee account")
    )
    act = models.CharField(_("act"), max_length=10, choices=AccountAct.choices)
    masked = models.CharField(_("account, masked"), max_length=100)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("account event")
        verbose_name_plural = _("account events")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.act} {self.masked}"
