"""Telling a partner that the pair has ended, so that nobody waits for somebody who has left. Rules: R-16, R-25."""

from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from accounts.models import Channel, Message, User
from accounts.outbox import Kind, QuietHours, channels_of, post_message
from scheduling.models import Pair

TEMPLATE = "pair_ended"
# Who has not heard for two days has looked at the page.
NEWS_KEPT = timedelta(days=2)


def _link() -> str:
    return settings.SITE_URL.rstrip("/") + reverse("scheduling:board_list")


def find_objection(message: Message, *, now: datetime) -> str:
    """Return why the news is none any more, "" when it is."""
    is_again = Pair.objects.filter(pk=int(message.params["pair"]), ended_at=None).exists()
    return gettext_noop("the two are a pair again") if is_again else ""


KINDS = [
    Kind(
        template=TEMPLATE,
        label=_("The partner has ended the pair"),
        channels=(Channel.SMS, Channel.EMAIL),
        longest={"link": lazy(_link, str)()},
        check=find_objection,
    )
]


def tell_ended(pair: Pair, *, by: User, now: datetime) -> None:
    """
    Tell those of the two who did not end it, once, in the daytime.

    The words are the same when somebody was blocked: nobody learns that they were.
    """
    project = pair.project
    for person in (pair.person_a, pair.person_b):
        if person == by or not person.is_active:
            continue
        for channel in channels_of(person):
            post_message(
                person,
                channel=channel,
                template=TEMPLATE,
                key=f"{TEMPLATE}:{pair.pk}:{int(now.timestamp())}:{person.pk}:{channel}",
                params={"pair": str(pair.pk), "link": _link()},
                now=now,
                expires_at=now + NEWS_KEPT,
                quiet=QuietHours(project.quiet_from_hour, project.quiet_to_hour),
            )
