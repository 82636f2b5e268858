"""Two people who record together, and the invitations that bring them together."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from scheduling.models.project import Project


class PairQuerySet(models.QuerySet["Pair"]):
    def living(self) -> "PairQuerySet":
        """Return the pairs that nobody has ended."""
        return self.filter(ended_at=None)

    def of(self, person: object) -> "PairQuerySet":
        """Return the pairs that the person belongs to; a person, their id, or an OuterRef."""
        return self.filter(Q(person_a=person) | Q(person_b=person))

    def between(self, one: object, other: object) -> "PairQuerySet":
        """Return the pairs that the two are, whichever is named first."""
        return self.filter(Q(person_a=one, person_b=other) | Q(person_a=other, person_b=one))


class Pair(models.Model):
    """
    Two qualified people who both said yes. Rules: R-16, R-17.

    `person_a` is the one with the lower id, so that two people are one pair
    whichever of them asked. Speaker A of every session is `person_a`.
    """

    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="pairs", verbose_name=_("project")
    )
    person_a = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="pairs_as_a",
        verbose_name=_("person A"),
    )
    person_b = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="pairs_as_b",
        verbose_name=_("person B"),
    )
    made_at = models.DateTimeField(_("made at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("ended by"),
    )

    objects = PairQuerySet.as_manager()

    class Meta:
        verbose_name = _("pair")
        verbose_name_plural = _("pairs")
        indexes = [
            models.Index(fields=["person_a", "project"], name="pair_by_a"),
            models.Index(fields=["person_b", "project"], name="pair_by_b"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "person_a", "person_b"], name="two_people_are_one_pair_per_project"
            ),
            models.CheckConstraint(
                condition=Q(person_a__lt=F("person_b")), name="pair_is_two_people_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_a} + {self.person_b}"


class InvitationStatus(models.TextChoices):
    OPEN = "open", _("Open")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Expired")
    LAPSED = "lapsed", _("Paired with somebody else")


class Invitation(models.Model):
    """
    A question of one person, answered by another. Rule: R-16.

    With `invited` it goes to that person alone, from the board; without, it is a code
    (also shown as QR) that one gives to the other.
    """

    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="invitations", verbose_name=_("project")
    )
    inviter = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="invitations",
        verbose_name=_("inviter"),
    )
    invited = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="invitations_received",
        verbose_name=_("invited"),
    )
    code = models.CharField(_("code"), max_length=12, unique=True)
    status = models.CharField(
        _("status"), max_length=10, choices=InvitationStatus.choices, default=InvitationStatus.OPEN
    )
    made_at = models.DateTimeField(_("made at"))
    expires_at = models.DateTimeField(_("expires at"))
    pair = models.ForeignKey(
        Pair,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="invitations",
        verbose_name=_("pair"),
    )
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("accepted by"),
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="accepted") | Q(pair__isnull=False, accepted_by__isnull=False),
                name="an_accepted_invitation_made_a_pair",
            ),
            models.CheckConstraint(
                condition=Q(invited=None) | ~Q(invited=F("inviter")), name="nobody_invites_themselves"
            ),
            models.CheckConstraint(
                condition=Q(invited=None) | ~Q(status="accepted") | Q(accepted_by=F("invited")),
                name="only_the_invited_accepts",
            ),
            models.UniqueConstraint(
                fields=["project", "inviter", "invited"],
                condition=Q(status="open", invited__isnull=False),
                name="one_open_invitation_of_a_person_to_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.inviter} {self.status}"


class WrongCode(models.Model):
    """A code that led nowhere, typed by somebody: counted, so that codes cannot be guessed. Rule: R-16."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="wrong_codes",
        verbose_name=_("person"),
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("wrong code")
        verbose_name_plural = _("wrong codes")
        indexes = [models.Index(fields=["person", "at"], name="wrong_codes_of_a_person")]

    def __str__(self) -> str:
        return f"{self.person} {self.at:%Y-%m-%d %H:%M}"


class BlockQuerySet(models.QuerySet["Block"]):
    def between(self, one: object, other: object) -> "BlockQuerySet":
        """Return the blocks of one of the two by the other, either way; people, their ids, or OuterRefs. Rule: R-17."""
        return self.filter(Q(person=one, blocked=other) | Q(person=other, blocked=one))


class Block(models.Model):
    """Somebody does not want to record with somebody. Rule: R-17."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="blocks", verbose_name=_("person")
    )
    blocked = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="blocked_by",
        verbose_name=_("blocked"),
    )
    at = models.DateTimeField(_("at"))

    objects = BlockQuerySet.as_manager()

    class Meta:
        verbose_name = _("block")
        verbose_name_plural = _("blocks")
        constraints = [
            models.UniqueConstraint(fields=["person", "blocked"], name="a_person_is_blocked_once"),
            models.CheckConstraint(condition=~Q(person=F("blocked")), name="nobody_blocks_themselves"),
        ]

    def __str__(self) -> str:
        return f"{self.person} ✕ {self.blocked}"
