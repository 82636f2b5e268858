"""Telling people that their right to book was suspended or given back, and how to object. Rules: R-25, R-26."""

from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from accounts.models import Channel, Message
from accounts.outbox import Kind, QuietHours, channels_of, post_message
from accounts.sms_parts import cut_to_units
from scheduling.models import (
    Qualification,
    QualificationCause,
    QualificationEvent,
    QualificationStatus,
)

# Who has not heard for a week has tried to book meanwhile, and read it there.
NEWS_KEPT = timedelta(days=7)
PROJECT_UNITS = 80
_LABELS = {
    "suspended_no_shows": _("Suspended for missed sessions"),
    "suspended": _("Suspended by a manager"),
    "suspension_lifted": _("Suspension lifted"),
}
STATUS_OF = {
    "suspended_no_shows": QualificationStatus.SUSPENDED,
    "suspended": QualificationStatus.SUSPENDED,
    "suspension_lifted": QualificationStatus.ACTIVE,
}


def find_objection(message: Message, *, now: datetime) -> str:
    """Return why the news is none any more, "" when it is: the right to book was changed again."""
    is_so = Qualification.objects.filter(
        pk=int(message.params["qualification"]), status=STATUS_OF[message.template]
    ).exists()
    return "" if is_so else gettext_noop("the right to book was changed meanwhile")


def _link() -> str:
    return settings.SITE_URL.rstrip("/") + reverse("scheduling:attendance_own")


KINDS = [
    Kind(
        template=template,
        label=label,
        channels=(Channel.SMS, Channel.EMAIL),
        longest={"project": "字" * PROJECT_UNITS, "reason": "字" * 300, "link": lazy(_link, str)()},
        examples={"project": _("Project"), "reason": _("Reason")},
        check=find_objection,
    )
    for template, label in _LABELS.items()
]


def tell_of_move(event: QualificationEvent, *, now: datetime) -> None:
    """Write the news of a suspension or of its end into the outbox, in the caller's transaction; each once."""
    template = _template_of(event)
    if not template:
        return
    qualification = event.qualification
    project = qualification.project
    for channel in channels_of(qualification.person):
        post_message(
            qualification.person,
            channel=channel,
            template=template,
            key=f"qualification-event:{event.pk}:{channel}",
            params={
                "qualification": str(qualification.pk),
                "project": cut_to_units(project.name, units=PROJECT_UNITS),
                "reason": cut_to_units(event.reason, units=300),
                "link": _link(),
            },
            now=now,
            expires_at=now + NEWS_KEPT,
            quiet=QuietHours(project.quiet_from_hour, project.quiet_to_hour),
        )


def _template_of(event: QualificationEvent) -> str:
    if event.new == QualificationStatus.SUSPENDED:
        return "suspended_no_shows" if event.cause == QualificationCause.NO_SHOWS else "suspended"
    is_lifted = event.old == QualificationStatus.SUSPENDED and event.new == QualificationStatus.ACTIVE
    return "suspension_lifted" if is_lifted else ""
