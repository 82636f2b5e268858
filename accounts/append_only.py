"""
Rows that are written once and never changed.

`AppendOnly` refuses a change in Python with a clear message; the migration
operation `ForbidChanges` makes the database refuse it too, whoever writes. A migration
that changes such a table goes between `AllowChanges` and `ForbidChanges`: SQLite makes
the table anew for most changes, and the triggers would go with the old one.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.utils.translation import gettext_lazy as _


class AppendOnly(models.Model):
    """A row of a log or a ledger. Raise ValueError on a second save and on delete: write a new row."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise ValueError(f"{type(self).__name__} rows are never changed; write a new one")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise ValueError(f"{type(self).__name__} rows are never deleted")


class StatusEvent(AppendOnly):
    """
    A change of a row's status: before, after, by whom (nobody: the clock), when, why.

    The subclass names the row (`related_name="events"`), and narrows `old`, `new`
    or `by` where its table is narrower.
    """

    old = models.CharField(_("before"), max_length=14, blank=True)
    new = models.CharField(_("after"), max_length=14)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("at"))
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.old} → {self.new}"


class ForbidChanges(Operation):
    """Put triggers on a model's table that refuse UPDATE and DELETE, on SQLite and PostgreSQL."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change nothing in Django's own picture of the models."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        table = to_state.apps.get_model(app_label, self.model_name)._meta.db_table
        for verb in ("UPDATE", "DELETE"):
            for statement in _trigger_sql(schema_editor.connection.vendor, table=table, verb=verb):
                # None, not (): the text has a % of its own that must not be read as a placeholder.
                schema_editor.execute(statement, params=None)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        table = from_state.apps.get_model(app_label, self.model_name)._meta.db_table
        on = f' ON "{table}"' if schema_editor.connection.vendor == "postgresql" else ""
        for verb in ("UPDATE", "DELETE"):
            schema_editor.execute(f'DROP TRIGGER IF EXISTS "{table}_no_{verb.lower()}"{on}')

    def describe(self) -> str:
        return f"Forbid changes to {self.model_name}"


class AllowChanges(ForbidChanges):
    """Take the triggers off, for the operations between this one and the next `ForbidChanges` of the model."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        super().database_backwards(app_label, schema_editor, to_state, from_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        super().database_forwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return f"Allow changes to {self.model_name}"


def _trigger_sql(vendor: str, *, table: str, verb: str) -> list[str]:
    """Return the statements that make the database refuse `verb` on `table`."""
    name = f"{table}_no_{verb.lower()}"
    if vendor == "sqlite":
        return [
            f'CREATE TRIGGER "{name}" BEFORE {verb} ON "{table}" '
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        ]
    return [
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$",
        f'CREATE TRIGGER "{name}" BEFORE {verb} ON "{table}" FOR EACH ROW EXECUTE FUNCTION refuse_change()',
    ]
