"""Who reviews at present, in which languages, and with which settings of the player. Rules: R-7, R-8."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet

from accounts.access import Role
from accounts.models import User
from recordings.models import Review, ReviewerProfile, Reviewing, SampleStatus
from scheduling.models import Project

WEEK = timedelta(days=7)
# The player's steps; the fastest is what the guard allows (listening.MAX_SPEED).
SPEEDS = (0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5)


def active_reviewers(*roles: str) -> QuerySet[User]:
    """Return who reviews now with one of `roles`: not deactivated, the role not taken, not paused."""
    wanted = roles or (Role.REVIEWER, Role.LEAD_REVIEWER)
    members = User.groups.through.objects.filter(group__name__in=wanted).values("user")
    return User.objects.filter(is_active=True, pk__in=members).exclude(reviewer_profile__is_active=False)


def may_review(person: User) -> bool:
    """Return whether the person reviews at this moment; asked of the database, not of the session."""
    return active_reviewers().filter(pk=person.pk).exists()


def removed_reviewers() -> list[int]:
    """Return the ids of those who have places and review no more: their places are anybody's."""
    with_places = Reviewing.objects.live().order_by().values_list("reviewer", flat=True).distinct()
    return list(with_places.exclude(reviewer__in=active_reviewers().values("pk")))


def profile_of(person: User) -> ReviewerProfile:
    """Return the reviewer's profile, or an unsaved one with the defaults."""
    return ReviewerProfile.objects.filter(person=person).first() or ReviewerProfile(person=person)


def hears(profile: ReviewerProfile, *, project: Project) -> bool:
    """Return whether the reviewer hears the project's language; with none named they hear all."""
    return not profile.languages or project.spoken_language in profile.languages


def set_reviewer(
    person: User, *, languages: Collection[str], is_active: bool, weekly_cap: int | None
) -> ReviewerProfile:
    """
    Write what the reviewer hears and how much they are asked for.

    Who is paused loses their places at once: nobody counts them any more, and the
    next `repair_assignments` gives them to others. Rule: R-7.
    """
    told = {"languages": list(languages), "is_active": is_active, "weekly_cap": weekly_cap}
    profile, _is_new = ReviewerProfile.objects.update_or_create(person=person, defaults=told)
    return profile


def set_player(person: User, *, speed: float | None = None, plays_at_once: bool | None = None) -> None:
    """Keep how the player is set; None leaves a setting as it is. Raise ValueError for a speed it has not."""
    told: dict[str, float | bool] = {}
    if speed is not None:
        if speed not in SPEEDS:
            raise ValueError(f"the player has no speed {speed}")
        told["playback_speed"] = speed
    if plays_at_once is not None:
        told["plays_at_once"] = plays_at_once
    if told:
        ReviewerProfile.objects.update_or_create(person=person, defaults=told)


def reviewers_with_load(*roles: str, now: datetime) -> list[User]:
    """Return the active reviewers, each with `load` (open places) and `week` (places and votes of seven days)."""
    people = list(active_reviewers(*roles).select_related("reviewer_profile", "profile").order_by("pk"))
    load = dict(
        Reviewing.objects.live()
        .filter(sample__status=SampleStatus.IN_REVIEW)
        .order_by()
        .values_list("reviewer")
        .annotate(Count("pk"))
    )
    voted = dict(
        Review.objects.votes()
        .filter(voted_at__gt=now - WEEK)
        .order_by()
        .values_list("reviewer")
        .annotate(Count("pk"))
    )
    for person in people:
        person.load = load.get(person.pk, 0)  # type: ignore[attr-defined]
        person.week = person.load + voted.get(person.pk, 0)  # type: ignore[attr-defined]
    return people
