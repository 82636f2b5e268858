"""The lists of samples at the desk: which they show, in which order, and what a reviewer must not see in them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.access import Role, has_role
from accounts.models import User
from recordings.models import Review, Sample, SampleStatus
from recordings.votes import ALWAYS, Span, choose_votes
from scheduling.models import Project

WAITING = [SampleStatus.IN_REVIEW.value, SampleStatus.CROSS_REVIEW.value]
DECIDED = [SampleStatus.APPROVED.value, SampleStatus.REJECTED.value]
# Votes are told of a sample that nobody votes on any more. Rule: R-8.
STILL_JUDGED = [SampleStatus.MEASURING.value, *WAITING]
# Words for several states at once, beside the states themselves.
STATUS_GROUPS: dict[str, tuple[str | Promise, list[str]]] = {
    "waiting": (_("Waiting for a decision"), WAITING),
    "decided": (_("Decided by people"), DECIDED),
}


@dataclass(frozen=True)
class Age:
    """How long a sample has waited: from some hours, included, to more, excluded; None is open."""

    key: str
    label: str | Promise
    from_h: int
    to_h: int | None

    def condition(self, *, now: datetime) -> Q:
        """Return what must be true of a sample that has waited so long."""
        waits = Q(sent_at__lte=now - timedelta(hours=self.from_h))
        return waits & Q(sent_at__gt=now - timedelta(hours=self.to_h)) if self.to_h else waits


AGES = (
    Age("4h", _("under 4 hours"), 0, 4),
    Age("12h", _("4 to 12 hours"), 4, 12),
    Age("1d", _("12 to 24 hours"), 12, 24),
    Age("2d", _("1 to 2 days"), 24, 48),
    Age("3d", _("2 to 3 days"), 48, 72),
    Age("7d", _("3 to 7 days"), 72, 168),
    Age("more", _("over a week"), 168, None),
)
AGE_OF = {age.key: age for age in AGES}

# What a list can be ordered by: the words, and the columns. The id makes the order total.
SORTS: dict[str, tuple[str | Promise, tuple[Any, ...]]] = {
    "": (_("Newest first"), ("-sent_at", "-pk")),
    "oldest": (_("Oldest first"), ("sent_at", "pk")),
    "decided": (_("Last decided first"), (F("decided_at").desc(nulls_last=True), "-pk")),
    "longest": (_("Longest recording first"), (F("duration_ms").desc(nulls_last=True), "-pk")),
    "shortest": (_("Shortest recording first"), (F("duration_ms").asc(nulls_last=True), "pk")),
}
DATED: dict[str, str | Promise] = {
    "sent": _("sending"),
    "voted": _("a vote"),
    "decided": _("the decision"),
}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which samples are wanted. `dated` says which moment lies in `span`: sent, voted or decided."""

    status: str = ""
    project: Project | None = None
    reviewer: User | None = None
    vote: str = ""
    reason: str = ""
    refusal: str = ""
    age: str = ""
    dated: str = "sent"
    span: Span = ALWAYS
    sort: str = ""

    @property
    def asks_for_votes(self) -> bool:
        """Whether the list would tell who voted what, or when."""
        is_dated = self.dated == "voted" and self.span != ALWAYS
        return bool(self.reviewer or self.vote or self.reason or is_dated)


def reviewers() -> QuerySet[User]:
    """Return those who review, or did, by name."""
    roles = [Role.REVIEWER.value, Role.LEAD_REVIEWER.value]
    voted = Review.objects.order_by().values("reviewer")
    # Two sets of keys: a join with the groups would look at everybody who has an account.
    members = User.groups.through.objects.filter(group__name__in=roles).values("user")
    people = User.objects.filter(Q(pk__in=members) | Q(pk__in=voted))
    return people.select_related("profile").order_by("profile__name", "pk")


def is_blind(viewer: User) -> bool:
    """Return whether the viewer judges samples, and so sees votes and people of decided ones only. Rule: R-8."""
    return has_role(viewer, Role.REVIEWER, Role.LEAD_REVIEWER)


def select_samples(wanted: Wanted, *, viewer: User, now: datetime) -> QuerySet[Sample]:
    """
    Return the wanted samples in order, with person and project.

    Who judges samples gets no list of those that are still judged by the votes on
    them, and never their own. Rule: R-8.
    """
    samples = Sample.objects.select_related("person", "project").filter(_condition(wanted, now=now))
    if is_blind(viewer):
        samples = samples.exclude(person=viewer)
        if wanted.asks_for_votes:
            samples = samples.exclude(status__in=STILL_JUDGED)
    return samples.order_by(*SORTS[wanted.sort][1])


def with_vote_count(samples: QuerySet[Sample]) -> QuerySet[Sample]:
    """Return the samples with how many votes they have."""
    votes = Review.objects.votes().filter(sample=OuterRef("pk")).order_by().values("sample")
    return samples.annotate(votes=Coalesce(Subquery(votes.annotate(n=Count("pk")).values("n")), 0))


def _condition(wanted: Wanted, *, now: datetime) -> Q:
    chosen = Q()
    if wanted.status:
        _words, statuses = STATUS_GROUPS.get(wanted.status, ("", [wanted.status]))
        chosen &= Q(status__in=statuses)
    if wanted.project:
        chosen &= Q(project=wanted.project)
    if wanted.refusal:
        chosen &= Q(refusal=wanted.refusal)
    if wanted.age:
        chosen &= Q(status__in=WAITING) & AGE_OF[wanted.age].condition(now=now)
    if wanted.dated != "voted":
        chosen &= wanted.span.on(f"{wanted.dated}_at")
    if wanted.asks_for_votes:
        votes = choose_votes(
            kind=wanted.vote,
            reviewer=wanted.reviewer,
            project=wanted.project,
            reason=wanted.reason,
            span=wanted.span if wanted.dated == "voted" else ALWAYS,
        )
        chosen &= Q(pk__in=votes.values("sample"))
    return chosen
