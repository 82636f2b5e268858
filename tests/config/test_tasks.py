"""The tasks that belong to no app."""

from datetime import timedelta

import pytest
from django.db import connection

from config.tasks import analyze_tables, clear_old_keys
from scheduling.models import FormKey, WrongCode
from tests.factories import NOW, make_booking

pytestmark = pytest.mark.django_db
TWO_DAYS = timedelta(days=2)


def test_clear_old_keys_deletes_what_is_older_than_two_days(lin, clock):
    for number, at in enumerate([NOW, NOW - timedelta(seconds=1)]):
        WrongCode.objects.create(person=lin, at=at)
        FormKey.objects.create(person=lin, key=f"key-{number}", digest="", started_at=at)
    clock.move_to(NOW + TWO_DAYS)

    assert (clear_old_keys(), clear_old_keys()) == (2, 0)

    assert list(WrongCode.objects.values_list("at", flat=True)) == [NOW]
    assert list(FormKey.objects.values_list("started_at", flat=True)) == [NOW]


def test_analyze_tables_tells_sqlite_which_index_leads_to_a_pair(lin):
    make_booking()

    assert analyze_tables()

    with connection.cursor() as cursor:
        cursor.execute("SELECT idx FROM sqlite_stat1 WHERE tbl = 'scheduling_pair'")
        assert {"pair_by_a", "pair_by_b"} <= {name for (name,) in cursor.fetchall()}
