"""A slot that is asked for again and again over one connection, in the race tests."""

from typing import Any

from django.db import connection

from scheduling.locks import read_slot
from scheduling.models import Slot
from tests.factories import make_project, make_slot


def ask_often(*, is_kept: bool, times: int) -> dict[str, Any]:
    """Read a slot so many times; return how many rows came each time, and the statements that were prepared for it."""
    slot_id = make_slot(project=make_project()).pk
    asked = [read_slot(slot_id) if is_kept else Slot.objects.get(pk=slot_id) for _ in range(times)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT statement FROM pg_prepared_statements WHERE statement LIKE '%scheduling_slot%'"
        )
        prepared = [statement for (statement,) in cursor.fetchall()]
    return {"answers": [int(slot.pk == slot_id) for slot in asked], "prepared": prepared}
