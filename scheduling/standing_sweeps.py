"""The sweep over suspensions: what the rows say, and what was done about it. Rule: R-26."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from scheduling.event_logs import find_torn
from scheduling.models import Amnesty, Qualification, QualificationEvent
from scheduling.standing import unsettled_qualifications

# What an amnesty for all leaves to the worker is done within minutes.
PATIENCE = timedelta(hours=1)


def find_unsettled(*, now: datetime) -> list[str]:
    """
    Return the qualifications whose log disagrees, and those that no-shows should have moved long ago.

    The task runs every five minutes: what is left an hour after what moved it was never settled.
    """
    since = Amnesty.objects.filter(project=OuterRef("project"), at__gt=now - PATIENCE)
    left = unsettled_qualifications().filter(~Exists(since)).exclude(Q(("last_at__gt", now - PATIENCE)))
    events = QualificationEvent.objects.filter(qualification=OuterRef("pk"))
    return [
        *find_torn("qualification", Qualification.objects.all(), events),
        *(f"qualification {row.pk} is “{row.status}” with {row.counted} no-shows that count" for row in left),  # type: ignore[attr-defined]  # annotated
    ]
