"""What somebody with the database's keys could do: take the append-only triggers away and write."""

from django.db import connection


def write_past_the_belt(table: str, sql: str) -> None:
    on = f" ON {table}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for verb in ("update", "delete"):
            cursor.execute(f"DROP TRIGGER {table}_no_{verb}{on}")
        cursor.execute(sql)
