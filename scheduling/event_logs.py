"""Reading logs back: rows whose status is not what their last event says."""

from collections.abc import Iterator
from typing import Any

from django.db.models import F, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce


def find_torn(noun: str, rows: QuerySet[Any], events: QuerySet[Any], *, first: str = "") -> Iterator[str]:
    """
    Yield a line for each row whose status is not what its last event says; without one rows are as they begin: `first`.

    `events` refer to the row by OuterRef.
    """
    last = events.order_by("-id").values("new")[:1]
    torn = rows.annotate(last=Coalesce(Subquery(last), Value(str(first)))).exclude(last=F("status"))
    for pk, status, event in torn.order_by("pk").values_list("pk", "status", "last"):
        yield f"{noun} {pk} is “{status}”, its last event says “{event}”"
