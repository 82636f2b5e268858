"""Tickets: the pairs that take part in the draw of a release, and what they wish for."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.append_only import StatusEvent
from scheduling.models.booking import Booking
from scheduling.models.pair import Pair
from scheduling.models.release import Release
from scheduling.models.slot import Slot


class TicketStatus(models.TextChoices):
    ENTERED = "entered", _("In the draw")
    WON = "won", _("Slot drawn")
    UNLUCKY = "unlucky", _("No slot this time")
    WITHDRAWN = "withdrawn", _("Taken out of the draw")
    VOID = "void", _("No draw")


class TicketCause(models.TextChoices):
    """What somebody did that left the state as it was."""

    WISHES_CHANGED = "wishes", _("wishes changed")
    SIGNED = "signed", _("agreed beforehand")


class Ticket(models.Model):
    """One pair in the draw of a release. Either of the two enters it; the other may sign it too. Rule: R-45."""

    release = models.ForeignKey(
        Release, on_delete=models.PROTECT, related_name="tickets", verbose_name=_("release moment")
    )
    number = models.PositiveIntegerField(_("ticket number"))
    pair = models.ForeignKey(Pair, on_delete=models.PROTECT, related_name="tickets", verbose_name=_("pair"))
    status = models.CharField(
        _("status"), max_length=10, choices=TicketStatus.choices, default=TicketStatus.ENTERED
    )
    entered_at = models.DateTimeField(_("entered at"))
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("entered by")
    )
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("agreed beforehand"),
    )
    place = models.PositiveIntegerField(_("place in the draw"), null=True, blank=True)
    is_first_choice = models.BooleanField(_("first choice"), default=False)
    booking = models.OneToOneField(
        Booking,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="ticket",
        verbose_name=_("booking"),
    )
    why = models.CharField(
        _("why no slot"), max_length=20, blank=True, help_text=_("The code of the refusal.")
    )
    # What the two have been told last: the moment, and the outcome.
    told_opens_at = models.DateTimeField(_("moment told"))
    told_at = models.DateTimeField(_("outcome told at"), null=True, blank=True)

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        ordering = ["release", "number"]
        indexes = [
            models.Index(fields=["release", "status", "place"], name="ticket_turn"),
            models.Index(fields=["pair", "release"], name="ticket_by_pair"),
            models.Index(fields=["status", "told_at"], name="ticket_to_tell"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["release", "number"], name="one_ticket_per_number"),
            models.UniqueConstraint(fields=["release", "place"], name="one_ticket_per_place"),
            models.UniqueConstraint(
                fields=["release", "pair"],
                condition=~Q(status="withdrawn"),
                name="a_pair_is_in_a_draw_once",
            ),
            models.CheckConstraint(
                condition=Q(status="won", booking__isnull=False)
                | (~Q(status="won") & Q(booking__isnull=True)),
                name="who_won_has_a_booking",
            ),
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True) | ~Q(signed_by=F("entered_by")),
                name="a_ticket_is_signed_by_the_other",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["won", "unlucky"]) | Q(place__isnull=False),
                name="an_outcome_has_its_place",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.get_status_display()}"


class TicketEvent(StatusEvent):
    """A change of a ticket: its state, its wishes or the partner's agreement (then the state stays)."""

    ticket = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, related_name="events", verbose_name=_("ticket")
    )
    cause = models.CharField(_("cause"), max_length=16, choices=TicketCause.choices, blank=True)
    old = models.CharField(_("before"), max_length=14, choices=TicketStatus.choices, blank=True)
    new = models.CharField(_("after"), max_length=14, choices=TicketStatus.choices)

    class Meta:
        verbose_name = _("ticket event")
        verbose_name_plural = _("ticket events")


class Wish(models.Model):
    """A slot that a ticket wishes for; rank 1 is the dearest."""

    ticket = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, related_name="wishes", verbose_name=_("ticket")
    )
    rank = models.PositiveSmallIntegerField(_("rank"))
    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="wishes", verbose_name=_("slot"))

    class Meta:
        verbose_name = _("wish")
        verbose_name_plural = _("wishes")
        ordering = ["ticket", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["ticket", "rank"], name="one_wish_per_rank"),
            models.UniqueConstraint(fields=["ticket", "slot"], name="a_slot_is_wished_for_once"),
            models.CheckConstraint(condition=Q(rank__gte=1), name="ranks_begin_with_one"),
        ]

    def __str__(self) -> str:
        return f"{self.rank}. {self.slot}"
