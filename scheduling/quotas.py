"""Quotas: the kinds of pairs a project wants, and how many of each it has."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.core.cache import caches
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Sex
from scheduling.models import Pair, Project, ProjectQuota, SexPairing
from scheduling.planner import Quota
from scheduling.retries import retried

SEXES: dict[str, tuple[str, ...]] = {
    SexPairing.ANY: (),
    SexPairing.WOMEN: (Sex.FEMALE.value, Sex.FEMALE.value),
    SexPairing.MEN: (Sex.MALE.value, Sex.MALE.value),
    SexPairing.MIXED: (Sex.FEMALE.value, Sex.MALE.value),
}


# So long participants are proposed to each other by the figures that were.
KEPT_S = 60


class QuotaRefused(ValidationError):
    """A quota cannot be so. Codes: "order" (of the ages), "too_small" (no pair is wanted), "exists"."""


def add_quota(
    project: Project,
    *,
    sexes: str = SexPairing.ANY,
    dialect: str = "",
    min_age_years: int = 18,
    max_age_years: int = 99,
    wanted_pairs: int,
) -> ProjectQuota:
    """
    Return a new kind of pair that the project wants, and how many of it: from now on it weighs in the proposals.

    Both people are of the dialect ("" for any) and between the ages. Raise QuotaRefused:
    "order" when the youngest is older than the oldest, "too_small" for no pair, "exists" when the
    project has this kind.
    """
    quota = ProjectQuota(project=project)
    change_quota(
        quota,
        sexes=sexes,
        dialect=dialect,
        min_age_years=min_age_years,
        max_age_years=max_age_years,
        wanted_pairs=wanted_pairs,
    )
    return quota


def change_quota(quota: ProjectQuota, **figures: Any) -> None:
    """Give the quota the fields of `add_quota` that are named. Raise QuotaRefused as that does."""
    for name, value in figures.items():
        setattr(quota, name, value)
    if quota.min_age_years > quota.max_age_years:
        raise QuotaRefused(_("The oldest cannot be younger than the youngest."), code="order")
    if quota.wanted_pairs < 1:
        raise QuotaRefused(_("At least 1."), code="too_small")
    try:
        _write_quota(quota)
    except IntegrityError as error:
        raise QuotaRefused(_("The project has this kind of pair already."), code="exists") from error


@retried
@transaction.atomic
def _write_quota(quota: ProjectQuota) -> None:
    quota.save()


def remove_quota(quota: ProjectQuota) -> None:
    """Let the kind weigh no more in the proposals; the pairs that were made for it stay."""
    quota.delete()


def read_quotas(project: Project, *, today: date) -> list[tuple[ProjectQuota, Quota]]:
    """Return the project's quotas with how many living pairs of the kind there are. Two queries."""
    rows = list(ProjectQuota.objects.filter(project=project).order_by("pk"))
    made = _count_pairs(project, rows, today=today)
    return [(row, _as_plain(row, made=made[row.pk])) for row in rows]


def kept_quotas(project: Project, *, today: date) -> list[Quota]:
    """
    Return the project's quotas as they were at most a minute ago, for who is proposed to whom.

    Counting looks at every pair of the project, and each person who looks for a partner asks.
    """
    process, key = caches["process"], f"quotas:{project.pk}:{today}"
    kept: list[Quota] | None = process.get(key)
    if kept is None:
        kept = [quota for _row, quota in read_quotas(project, today=today)]
        process.set(key, kept, KEPT_S)
    return kept


def _count_pairs(project: Project, rows: Iterable[ProjectQuota], *, today: date) -> dict[int, int]:
    counts = {f"quota_{row.pk}": Count("pk", filter=_is_of_kind(row, today=today)) for row in rows}
    if not counts:
        return {}
    found = Pair.objects.filter(project=project, ended_at=None).aggregate(**counts)
    return {int(name.removeprefix("quota_")): count for name, count in found.items()}


def _is_of_kind(row: ProjectQuota, *, today: date) -> Q:
    """Return the condition of a pair of the kind: the same as `planner.Quota.fits`."""
    a, b = "person_a__profile__", "person_b__profile__"
    condition = Q()
    if sexes := SEXES[row.sexes]:
        one, other = sexes
        condition &= Q(**{f"{a}sex": one, f"{b}sex": other}) | Q(**{f"{a}sex": other, f"{b}sex": one})
    born_after = _years_before(today, row.max_age_years + 1)
    born_by = _years_before(today, row.min_age_years)
    for person in (a, b):
        if row.dialect:
            condition &= Q(**{f"{person}dialect__iexact": row.dialect})
        condition &= Q(**{f"{person}birth_on__gt": born_after, f"{person}birth_on__lte": born_by})
    return condition


def _years_before(today: date, years: int) -> date:
    """Return the birth date of somebody who becomes so old today; of 29 February, who became so by 1 March."""
    year = max(1, today.year - years)
    try:
        return today.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def _as_plain(row: ProjectQuota, *, made: int) -> Quota:
    return Quota(
        name=str(row),
        wanted=row.wanted_pairs,
        made=made,
        sexes=SEXES[row.sexes],
        dialect=row.dialect,
        min_age_years=row.min_age_years,
        max_age_years=row.max_age_years,
    )
