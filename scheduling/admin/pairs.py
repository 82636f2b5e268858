"""Qualifications, pairs and invitations in the administration."""

from collections.abc import Callable

from django.contrib import admin
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import PersonRequest
from accounts.admin_site import ReadOnlyAdmin
from scheduling import pairs, qualifications
from scheduling.admin.base import CHANGE_FIELDS, EventAdmin, LogInline, carry_out_each
from scheduling.models import Block, Invitation, Pair, Qualification, QualificationEvent, WrongCode


class QualificationEventInline(LogInline):
    model = QualificationEvent
    fields = (*CHANGE_FIELDS, "cause")


@admin.register(Qualification)
class QualificationAdmin(ReadOnlyAdmin):
    list_display = ("person", "project", "status", "granted_at")
    list_filter = ("status", "project", "granted_at")
    list_select_related = ("person", "project")
    search_fields = ("person__pseudonym", "person__profile__name")
    inlines = (QualificationEventInline,)
    actions = ("suspend_qualifications", "restore_qualifications")

    @admin.action(description=_("Suspend the chosen qualifications"))
    def suspend_qualifications(self, request: PersonRequest, rows: QuerySet[Qualification]) -> None:
        self._move(request, rows, rule=qualifications.suspend_qualification)

    @admin.action(description=_("Restore the chosen qualifications"))
    def restore_qualifications(self, request: PersonRequest, rows: QuerySet[Qualification]) -> None:
        self._move(request, rows, rule=qualifications.restore_qualification)

    def _move(
        self, request: PersonRequest, rows: QuerySet[Qualification], *, rule: Callable[..., None]
    ) -> None:
        now, reason = timezone.now(), str(_("Changed in the administration"))
        carry_out_each(
            self, request, rows=rows, rule=lambda row: rule(row, by=request.user, now=now, reason=reason)
        )


@admin.register(QualificationEvent)
class QualificationEventAdmin(EventAdmin):
    list_display = ("at", "qualification", "old", "new", "by", "cause", "reason")
    list_select_related = ("by", "qualification__person", "qualification__project")
    search_fields = ("reason", "by__pseudonym")


@admin.register(Pair)
class PairAdmin(ReadOnlyAdmin):
    list_display = ("person_a", "person_b", "project", "made_at", "ended_at", "ended_by")
    list_filter = ("project", "made_at", ("ended_at", admin.EmptyFieldListFilter))
    list_select_related = ("person_a", "person_b", "project", "ended_by")
    search_fields = (
        "person_a__pseudonym",
        "person_a__profile__name",
        "person_b__pseudonym",
        "person_b__profile__name",
    )
    actions = ("end_pairs",)

    @admin.action(description=_("End the chosen pairs"))
    def end_pairs(self, request: PersonRequest, rows: QuerySet[Pair]) -> None:
        now = timezone.now()
        carry_out_each(
            self, request, rows=rows, rule=lambda pair: pairs.end_pair(pair, by=request.user, now=now)
        )


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Invitations. The code is a secret of two people and is not shown."""

    list_display = ("inviter", "invited", "project", "status", "made_at", "expires_at", "accepted_by")
    list_filter = ("status", "project", "made_at")
    list_select_related = ("inviter", "invited", "project", "accepted_by")
    search_fields = (
        "inviter__pseudonym",
        "inviter__profile__name",
        "invited__pseudonym",
        "accepted_by__pseudonym",
    )
    exclude = ("code",)


@admin.register(Block)
class BlockAdmin(ReadOnlyAdmin):
    list_display = ("person", "blocked", "at")
    list_select_related = ("person", "blocked")
    search_fields = ("person__pseudonym", "blocked__pseudonym")


@admin.register(WrongCode)
class WrongCodeAdmin(ReadOnlyAdmin):
    list_display = ("person", "at")
    list_select_related = ("person",)
    search_fields = ("person__pseudonym",)
