"""Sweeps over people and their consents: what must never be, read back from the rows. Empty when all is well."""

from django.db.models import Count, F, OuterRef, Q, Subquery

from accounts import consents
from accounts.access import Role
from accounts.models import ConsentNotice, ConsentRecord, Message, MessageEvent, MessageStatus, User


def broken_consents() -> list[str]:
    """Return the consent rows whose chain, content or text was changed or is missing. Rule: R-4."""
    return list(consents.verify_chains(ConsentRecord.objects.all()))


def broken_notices() -> list[str]:
    """Return the consent texts that are not what they were when they were published. Rule: R-4."""
    rows = ConsentNotice.objects.order_by("pk").values_list("pk", "text", "text_sha256")
    return [
        f"consent notice {pk}: its text was changed"
        for pk, text, sha256 in rows
        if consents.hash_text(text) != sha256
    ]


def broken_roles() -> list[str]:
    """Return the people to whom Django would open more than their roles say."""
    odd = User.objects.exclude(groups__name=Role.ADMINISTRATOR).filter(is_superuser=True)
    odd = odd | User.objects.exclude(groups__name=Role.ADMINISTRATOR).filter(is_staff=True)
    return [f"user {pk}: may open the admin without the role" for pk in odd.values_list("pk", flat=True)]


def broken_messages() -> list[str]:
    """Return the messages that contradict their log, were sent twice, or left in the quiet hours. Rule: R-25."""
    last = MessageEvent.objects.filter(message=OuterRef("pk")).order_by("-pk").values("new")[:1]
    odd = Message.objects.annotate(said=Subquery(last)).exclude(status=F("said"))
    broken = [
        f"message {pk} is {status}, its log says {said}"
        for pk, status, said in odd.order_by("pk").values_list("pk", "status", "said")
    ]
    is_sent = Q(events__new=MessageStatus.SENT)
    twice = Message.objects.annotate(times=Count("pk", filter=is_sent)).filter(times__gt=1)
    broken += [f"message {pk} was sent {times} times" for pk, times in twice.values_list("pk", "times")]
    hour, first, end = "claimed_at__hour", F("quiet_from_hour"), F("quiet_to_hour")
    over_night = Q(Q(**{f"{hour}__gte": first}) | Q(**{f"{hour}__lt": end}), quiet_from_hour__gt=end)
    by_day = Q(**{f"{hour}__gte": first, f"{hour}__lt": end}, quiet_from_hour__lt=end)
    loud = Message.objects.filter(over_night | by_day).order_by("pk").values_list("pk", flat=True)
    return broken + [f"message {pk} left in the quiet hours" for pk in loud]
