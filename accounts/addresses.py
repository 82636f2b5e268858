"""The e-mail address that somebody may give for news: confirmed by a link, never required."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from accounts.fields import keyed_hash
from accounts.models import Channel, Message, Profile, User
from accounts.outbox import Kind, post_message

SALT = "accounts.addresses.confirm"
LINK_LIVES = timedelta(days=3)
# Whoever types somebody else's address can bother them this often a day.
MAX_LINKS_A_DAY = 5


class EmailRefused(ValidationError):
    """An address cannot be taken or confirmed: the words say why."""


def is_outdated(message: Message, *, now: datetime) -> str:
    """Return why a link is not to be sent any more: another address was given meanwhile."""
    given = signing.loads(message.params["token"], salt=SALT)["email"]
    if given != message.person.profile.email:
        return gettext_noop("another address was given meanwhile")
    return ""


KINDS = [
    Kind(
        template="confirm_email",
        label=_("Confirm the e-mail address"),
        channels=(Channel.EMAIL,),
        longest={"link": "https://…"},
        needs=("link",),
        check=is_outdated,
        is_to_unconfirmed=True,
    )
]


@transaction.atomic
def change_email(person: User, *, email: str, now: datetime) -> bool:
    """
    Write the address, "" to have none, and post the link that confirms it; return whether a link was posted.

    An address that is confirmed already stays so. Raise EmailRefused: "profile" before
    there is one, "too_many_links" at the sixth link in a day. Locks the profile.
    """
    profile = Profile.objects.select_for_update().filter(user=person).first()
    if profile is None:
        raise EmailRefused(_("Complete your profile first."), code="profile")
    if email and email == profile.email and profile.email_verified_at:
        return False
    if email:
        _post_link(person, email=email, now=now)
    profile.email, profile.email_verified_at = email, None
    profile.save(update_fields=["email", "email_verified_at", "updated_at"])
    return bool(email)


def _post_link(person: User, *, email: str, now: datetime) -> None:
    written = Message.objects.filter(person=person, template="confirm_email")
    if written.filter(written_at__gt=now - timedelta(days=1)).count() >= MAX_LINKS_A_DAY:
        raise EmailRefused(
            _("Many links were sent today. Look into your mailbox, or try again tomorrow."),
            code="too_many_links",
        )
    until = now + LINK_LIVES
    token = signing.dumps({"person": person.pk, "email": email, "until": until.timestamp()}, salt=SALT)
    link = settings.SITE_URL + reverse("accounts:email_confirm", args=[token])
    post_message(
        person,
        channel=Channel.EMAIL,
        template="confirm_email",
        key=f"confirm_email:{person.pk}:{keyed_hash(f'link|{token}')[:16]}",
        params={"link": link, "token": token},
        now=now,
        expires_at=now + timedelta(hours=1),
    )


def read_link(token: str, *, now: datetime) -> str:
    """Return the address that a link confirms. Raise EmailRefused: "link" when it is not ours, "old_link"."""
    return str(_open_token(token, now=now)["email"])


def confirm_email(token: str, *, now: datetime) -> None:
    """
    Write that the address of the link is its person's: whoever has the link reads that mailbox.

    Raise EmailRefused: "link", "old_link", or "other_address" when it is not theirs any more.
    """
    told = _open_token(token, now=now)
    theirs = Profile.objects.filter(user_id=told["person"], email=told["email"])
    if not theirs.update(email_verified_at=now):
        raise EmailRefused(_("Another address was given since this link was sent."), code="other_address")


def _open_token(token: str, *, now: datetime) -> dict[str, Any]:
    try:
        told = signing.loads(token, salt=SALT)
    except signing.BadSignature as error:
        raise EmailRefused(
            _("This link is not whole. Copy all of it from the e-mail."), code="link"
        ) from error
    if now.timestamp() >= told["until"]:
        raise EmailRefused(_("This link is too old. Ask for a new one."), code="old_link")
    return told
