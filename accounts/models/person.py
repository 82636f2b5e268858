"""People, what they told us about themselves, what they consented to, and the codes they sign in with."""

import secrets
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import Group, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.append_only import AppendOnly
from accounts.phones import parse_phone
from accounts.regions import Region

# No 0/O, 1/I/L: a pseudonym is read aloud in the studio and typed from paper.
PSEUDONYM_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def make_pseudonym() -> str:
    """Return a new random speaker pseudonym such as `S-7K3Q9XWA` (31^8, about 8.5e11 values)."""
    return "S-" + "".join(secrets.choice(PSEUDONYM_ALPHABET) for _i in range(8))


class UserManager(BaseUserManager["User"]):
    def create_user(self, phone: str, **fields: Any) -> "User":
        """Return a new user without a password: people sign in with a one-time code. `phone` is E.164."""
        user = self.model(phone=phone, **fields)
        user.set_unusable_password()
        user.save(using=self._db)
        return user

    def create_superuser(self, phone: str, password: str | None = None, **fields: Any) -> "User":
        """
        Return a new administrator (for `manage.py createsuperuser`). The password is never used.

        Raise ValidationError for a number that cannot get codes.
        """
        user = self.create_user(parse_phone(phone), is_staff=True, is_superuser=True, **fields)
        user.groups.add(Group.objects.get_or_create(name="administrator")[0])
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """One person, participant or staff, known by a mobile number. Rule: R-1."""

    # Null once a person is erased: two erased people must not collide on "".
    phone = models.CharField(_("phone"), max_length=16, unique=True, null=True, help_text=_("E.164"))  # noqa: DJ001
    pseudonym = models.CharField(
        _("pseudonym"), max_length=12, unique=True, default=make_pseudonym, editable=False
    )
    language = models.CharField(_("language"), max_length=10, blank=True, default="zh-hans")
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("may open the admin"), default=False)
    phone_verified_at = models.DateTimeField(_("phone verified at"), null=True, blank=True)
    joined_at = models.DateTimeField(_("joined at"), default=timezone.now)

    # What `access.roles_of` read for this object; it lives as long as the request.
    known_roles: frozenset[str] | None = None

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "phone"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        indexes = [models.Index(fields=["joined_at"], name="user_joined_at")]

    def __str__(self) -> str:
        return self.pseudonym

    def get_short_name(self) -> str:
        """Return what the admin greets with: never the number."""
        return self.pseudonym


class Sex(models.TextChoices):
    FEMALE = "female", _("Female")
    MALE = "male", _("Male")


class Profile(models.Model):
    """What a participant told us about themselves; staff have one too, for their name."""

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, related_name="profile", verbose_name=_("user")
    )
    name = models.CharField(_("full name"), max_length=60)
    birth_on = models.DateField(_("birth date"), null=True, blank=True)
    sex = models.CharField(_("sex"), max_length=8, choices=Sex.choices, blank=True)
    region_raised = models.CharField(
        _("province where you grew up"), max_length=8, choices=Region.choices, blank=True
    )
    dialect = models.CharField(_("dialect you speak"), max_length=60, blank=True)
    city = models.CharField(_("city where you live"), max_length=60, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    email_verified_at = models.DateTimeField(_("e-mail address confirmed at"), null=True, blank=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        verbose_name = _("profile")
        verbose_name_plural = _("profiles")

    def __str__(self) -> str:
        return f"{self.user.pseudonym}"


class Scope(models.TextChoices):
    """What a person can agree to, each on its own. Rule: R-4."""

    RECORD = "record", _("Record and transcribe")
    SHARE = "share", _("Share with a named client")
    SYNTHESIS = "synthesis", _("Speech synthesis and voice cloning")
    VOICEPRINT = "voiceprint", _("Voiceprint research")
    PUBLISH = "publish", _("Publish")
    RECONTACT = "recontact", _("Contact me again")


class ConsentNotice(AppendOnly):
    """The exact text that was shown for a scope. Texts are kept for ever."""

    scope = models.CharField(_("scope"), max_length=12, choices=Scope.choices)
    language = models.CharField(_("language"), max_length=10)
    version = models.PositiveIntegerField(_("version"))
    text = models.TextField(_("text"))
    text_sha256 = models.CharField(_("SHA-256 of the text"), max_length=64)
    published_at = models.DateTimeField(_("published at"))

    class Meta:
        verbose_name = _("consent notice")
        verbose_name_plural = _("consent notices")
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "language", "version"], name="one_text_per_scope_language_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_scope_display()} {self.language} v{self.version}"

    @property
    def title(self) -> str:
        """The first line of the text."""
        return self.text.partition("\n")[0]

    @property
    def paragraphs(self) -> list[str]:
        """Everything after the first line; a page shows title and paragraphs, so the whole text."""
        return [line for line in self.text.splitlines()[1:] if line.strip()]


class ConsentAct(models.TextChoices):
    GRANT = "grant", _("Granted")
    REFUSE = "refuse", _("Refused")
    WITHDRAW = "withdraw", _("Withdrawn")


class ConsentRecord(AppendOnly):
    """Who said what to which text, when and how; each row carries the hash of the one before. Rule: R-4."""

    person = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="consents", verbose_name=_("person")
    )
    scope = models.CharField(_("scope"), max_length=12, choices=Scope.choices)
    act = models.CharField(_("act"), max_length=10, choices=ConsentAct.choices)
    notice = models.ForeignKey(ConsentNotice, on_delete=models.PROTECT, verbose_name=_("notice"))
    text_sha256 = models.CharField(_("SHA-256 of the text shown"), max_length=64)
    method = models.CharField(_("method"), max_length=20, default="web")
    at = models.DateTimeField(_("at"))
    previous_hash = models.CharField(_("hash of the row before"), max_length=64, blank=True)
    row_hash = models.CharField(_("hash of this row"), max_length=64, unique=True)

    class Meta:
        verbose_name = _("consent record")
        verbose_name_plural = _("consent records")
        indexes = [models.Index(fields=["person", "scope", "-id"], name="consent_latest")]
        constraints = [
            models.UniqueConstraint(fields=["person", "previous_hash"], name="consent_chain_has_no_fork"),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.act} {self.scope}"


class OneTimeCode(models.Model):
    """A six-digit code sent to a number: hashed, five minutes, one use, five tries. Rule: R-2."""

    phone_hash = models.CharField(_("keyed hash of the number"), max_length=64)
    serial = models.PositiveIntegerField(_("how many codes this number has had"))
    address_hash = models.CharField(_("keyed hash of the address"), max_length=64, blank=True)
    code_hash = models.CharField(_("hash of the code"), max_length=128)
    sent_at = models.DateTimeField(_("sent at"))
    expires_at = models.DateTimeField(_("expires at"))
    used_at = models.DateTimeField(_("used at"), null=True, blank=True)
    wrong_tries = models.PositiveSmallIntegerField(_("wrong tries"), default=0)

    class Meta:
        verbose_name = _("one-time code")
        verbose_name_plural = _("one-time codes")
        indexes = [
            models.Index(fields=["phone_hash", "-sent_at"], name="code_by_phone"),
            models.Index(fields=["address_hash", "-sent_at"], name="code_by_address"),
        ]
        constraints = [
            # Two requests at one moment both count "none sent yet": the second to write is refused here.
            models.UniqueConstraint(fields=["phone_hash", "serial"], name="one_code_at_a_time_for_a_number"),
            models.CheckConstraint(
                condition=Q(wrong_tries__lte=5), name="a_code_dies_after_five_wrong_tries"
            ),
        ]

    def __str__(self) -> str:
        return f"code sent {self.sent_at:%Y-%m-%d %H:%M}"
