"""
Queries whose SQL Django writes once in each process, for what nearly every request asks.

To write the SQL of a query costs several times what the database takes to answer it. The query
stays an ordinary queryset; only the values differ from one asking to the next.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row")
# Stand for the values while the SQL is written; no constant of a query equals one of them.
EXAMPLES: Mapping[type, Callable[[int], Any]] = {
    int: lambda number: 7_310_000_000_000_000 + number,
    str: lambda number: f"kept-query-value-{number}",
    datetime: lambda number: datetime(1907, 3, 1, 0, 0, 1 + number, tzinfo=UTC),
}


class KeptQuery(Generic[Row]):
    """
    A query with named values: `KeptQuery(make, pk=int)` for `make(pk=…)`, asked by calling it with them.

    `make` must hand each of its values to the database as it is, and build the same query whatever they are:
    no list of varying length, no None. Every asking reads the database; nothing of an answer is kept.
    """

    def __init__(self, make: Callable[..., QuerySet[Any, Row]], **kinds: type) -> None:
        self.make = make
        self.examples = {name: EXAMPLES[kind](number) for number, (name, kind) in enumerate(kinds.items())}
        self.written: dict[str, _Written] = {}

    def __call__(self, **values: Any) -> list[Row]:
        """Return the rows, as the queryset would give them."""
        if connection.vendor not in self.written:
            self.written[connection.vendor] = _Written(self.make(**self.examples), self.examples)
        return self.written[connection.vendor].ask(values)


class _Written:
    """A queryset with its SQL, and where the values go in its parameters."""

    def __init__(self, queryset: QuerySet[Any, Any], examples: dict[str, Any]) -> None:
        self.queryset = queryset
        self.compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        self.sql, params = self.compiler.as_sql()
        self.params = list(params)
        self.places = {name: self._places_of(example) for name, example in examples.items()}
        if missing := sorted(name for name, places in self.places.items() if not places):
            raise ValueError(f"the query does not ask for {', '.join(missing)} as it is")

    def _places_of(self, example: Any) -> list[int]:
        return [place for place, param in enumerate(self.params) if param == _adapt(example)]

    def ask(self, values: dict[str, Any]) -> list[Any]:
        params = self.params.copy()
        for name, places in self.places.items():
            for place in places:
                params[place] = _adapt(values[name])
        asked = self.queryset.all()
        asked.query.get_compiler = lambda *_args, **_fields: self._compiler_with(tuple(params))  # type: ignore[method-assign]
        with _bound_by_server():
            return list(asked)

    def _compiler_with(self, params: tuple[Any, ...]) -> SQLCompiler:
        """Return the compiler as it was when it had written the SQL, for this thread's connection."""
        compiler = copy(self.compiler)
        compiler.connection = connections[DEFAULT_DB_ALIAS]
        compiler.as_sql = lambda *_args, **_fields: (self.sql, params)
        return compiler


def _adapt(value: Any) -> Any:
    """Return the value as the database's driver takes it."""
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


@contextmanager
def _bound_by_server() -> Iterator[None]:
    """
    Hand statement and values to PostgreSQL apart, so that it plans a statement that comes again no more.

    Django writes the values into the statement otherwise, which some of its queries need (a value in GROUP BY).
    """
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    driver = connection.connection
    before, driver.cursor_factory = driver.cursor_factory, ServerBindingCursor
    try:
        yield
    finally:
        driver.cursor_factory = before
