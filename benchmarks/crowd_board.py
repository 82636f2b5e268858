"""A full partner board for a crowd: people without a partner, each with an entry, straight into the tables."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from accounts.models import User
from benchmarks.crowd import CHUNK, WITHOUT_PROFILE, Crowd, write_people
from scheduling.models import (
    Availability,
    BoardEntry,
    BoardEvent,
    City,
    DayPart,
    ProjectQuota,
    Qualification,
    QualificationEvent,
    SexPairing,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST = 50_000_000  # their telephone numbers begin where no crowd reaches
DAYS, TIMES = 14, 6
LIVES = timedelta(days=14)


def fill_board(crowd: Crowd, size: int, *, now: datetime) -> None:
    """
    Put `size` further people on the board of the crowd's project, spread over its cities and the coming days.

    The first of them is the crowd's `looker`. The project wants three kinds of pairs.
    """
    for sexes, wanted in ((SexPairing.MIXED, 20), (SexPairing.WOMEN, 12), (SexPairing.MEN, 12)):
        ProjectQuota.objects.create(project=crowd.project, sexes=sexes, max_age_years=45, wanted_pairs=wanted)
    cities = list(City.objects.order_by("pk"))
    written = number = 0
    while written < size:
        with transaction.atomic():
            indexes = range(FIRST + number, FIRST + number + CHUNK)
            people = write_people(indexes, now=now)
            found = [p for i, p in zip(indexes, people, strict=True) if i % 100 >= WITHOUT_PROFILE]
            found = found[: size - written]
            _let_in(found, crowd, now=now)
            _write_entries(list(enumerate(found, written)), crowd, cities=cities, now=now)
        if not written:
            crowd.looker = found[0]
        written += len(found)
        number += CHUNK
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _let_in(people: list[User], crowd: Crowd, *, now: datetime) -> None:
    rights = Qualification.objects.bulk_create(
        Qualification(project=crowd.project, person=person, granted_at=now - LIVES) for person in people
    )
    QualificationEvent.objects.bulk_create(
        QualificationEvent(qualification=right, new=right.status, at=right.granted_at) for right in rights
    )


def _write_entries(
    people: list[tuple[int, User]], crowd: Crowd, *, cities: list[City], now: datetime
) -> None:
    entries = []
    for i, person in people:
        waits_from = now - timedelta(minutes=i % (13 * 1_440))
        entries.append(
            BoardEntry(
                project=crowd.project,
                person=person,
                city=cities[i % len(cities)],
                about="爱笑，话多，什么都能接上，冷场了我来救。",
                topics="电影、做饭、老家的夏天",
                waits_from=waits_from,
                published_at=waits_from,
                expires_at=waits_from + LIVES,
            )
        )
    BoardEntry.objects.bulk_create(entries, batch_size=CHUNK)
    BoardEvent.objects.bulk_create(
        (
            BoardEvent(entry=entry, new=entry.status, by=entry.person, at=entry.published_at)
            for entry in entries
        ),
        batch_size=CHUNK,
    )
    today = now.astimezone(SHANGHAI).date()
    Availability.objects.bulk_create(
        (
            Availability(
                entry=entry,
                on=today + timedelta(days=1 + (i + step) % DAYS),
                part=DayPart.values[(i // len(cities)) % len(DayPart.values)],
            )
            for (i, _person), entry in zip(people, entries, strict=True)
            for step in range(TIMES)
        ),
        batch_size=CHUNK,
    )
