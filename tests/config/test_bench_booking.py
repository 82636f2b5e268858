"""What `manage.py bench_booking` refuses before it starts anything; the rush itself is in tests/races."""

import pytest
from django.core.management import CommandError, call_command


@pytest.mark.parametrize(
    "figures", [{"pairs": 2}, {"slots": 0}, {"clients": 1}, {"pairs": 10, "clients": 21}]
)
def test_rush_without_a_crowd_is_refused(figures):
    with pytest.raises(CommandError, match="At least 3 pairs and 1 slot"):
        call_command("bench_booking", **figures)


def test_exclusion_alone_is_refused_on_sqlite():
    with pytest.raises(CommandError, match="need PostgreSQL"):
        call_command("bench_booking", variant="exclusion")


@pytest.mark.parametrize("figures", [{"slots_behind": 1}, {"people_behind": -1}])
def test_slots_of_nobody_are_refused(figures):
    with pytest.raises(CommandError, match="Slots behind need people behind"):
        call_command("bench_booking", **figures)
