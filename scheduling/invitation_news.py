"""Telling people of invitations: rows of the outbox, written with the news. Rules: R-16, R-25."""

from datetime import UTC, datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, override

from accounts.models import Channel, Message, MessageStatus, User
from accounts.outbox import Kind, QuietHours, language_of, post_message
from scheduling.models import Block, Invitation, InvitationStatus
from scheduling.visibility import standing_invitations

# Who has not heard for two days that they are a pair has looked, or was called by the other.
YES_KEPT = timedelta(days=2)
LONGEST_DAY = datetime(2026, 12, 31, 12, tzinfo=UTC)


def find_objection(message: Message, *, now: datetime) -> str:
    """
    Return why the news is none any more, "" when it is.

    An invitation that was answered, taken back, or is not shown at the moment; and one of
    several: an SMS is sent while no earlier one waits for its answer.
    """
    invitation = Invitation.objects.select_related("pair").get(pk=int(message.params["invitation"]))
    if message.template == "partner_invited":
        if invitation.status != InvitationStatus.OPEN or invitation.expires_at <= now:
            return gettext_noop("the invitation is not open any more")
        if Block.objects.between(invitation.inviter_id, invitation.invited_id).exists():
            return gettext_noop("one of the two has blocked the other meanwhile")
        standing = standing_invitations(now=now).filter(invited=invitation.invited_id)
        if not standing.filter(pk=invitation.pk).exists():
            return gettext_noop("one of the two cannot record in the project at the moment")
        if _are_told(standing.exclude(pk=invitation.pk)):
            return gettext_noop("they were told of another invitation that they have not answered yet")
    elif invitation.pair is None or invitation.pair.ended_at is not None:
        return gettext_noop("the pair has ended meanwhile")
    return ""


def _are_told(others: QuerySet[Invitation]) -> bool:
    """Return whether a message of one of the invitations has gone, or is on its way: one is enough to look."""
    keys = [_key_of("partner_invited", pk) for pk in others.values_list("pk", flat=True)]
    gone = [MessageStatus.SENDING, MessageStatus.SENT, MessageStatus.UNKNOWN]
    return Message.objects.filter(key__in=keys, status__in=gone).exists()


def _key_of(template: str, invitation_id: int) -> str:
    return f"{template}:{invitation_id}"


def _write_moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "DAY_TIME_FORMAT")


KINDS = [
    Kind(
        template="partner_invited",
        label=_("Invited by somebody who looks for a partner"),
        channels=(Channel.SMS,),
        longest={"day": lazy(_write_moment, str)(LONGEST_DAY)},
        check=find_objection,
    ),
    Kind(
        template="partner_accepted",
        label=_("Invitation accepted, you are a pair"),
        channels=(Channel.SMS,),
        check=find_objection,
    ),
]


def tell_invited(invitation: Invitation, *, now: datetime) -> None:
    """Tell the invited that somebody asks, and until when. No name: they do not know each other yet."""
    if invitation.invited is not None:
        with override(language_of(invitation.invited)):
            day = _write_moment(invitation.expires_at)
        _post(
            invitation,
            to=invitation.invited,
            template="partner_invited",
            params={"day": day},
            now=now,
            expires_at=invitation.expires_at,
        )


def tell_accepted(invitation: Invitation, *, now: datetime) -> None:
    """Tell the inviter that the answer is yes."""
    _post(
        invitation,
        to=invitation.inviter,
        template="partner_accepted",
        params={},
        now=now,
        expires_at=now + YES_KEPT,
    )


def _post(
    invitation: Invitation,
    *,
    to: User,
    template: str,
    params: dict[str, str],
    now: datetime,
    expires_at: datetime,
) -> None:
    project = invitation.project
    post_message(
        to,
        channel=Channel.SMS,
        template=template,
        key=_key_of(template, invitation.pk),
        params={"invitation": str(invitation.pk), **params},
        now=now,
        expires_at=expires_at,
        quiet=QuietHours(project.quiet_from_hour, project.quiet_to_hour),
    )
