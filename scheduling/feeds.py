"""Calendar feeds: who has one, and whose an address is."""

import hashlib
import secrets
from datetime import datetime

from django.db import transaction

from accounts.access import Role, has_role
from accounts.models import User
from scheduling.models import CalendarFeed

# 256 bits: nobody guesses it, however often they ask.
TOKEN_BYTES = 32
# Who can be on a rota.
FEED_ROLES = (Role.OPERATOR,)


@transaction.atomic
def renew_feed(person: User, *, now: datetime) -> str:
    """Give the person a new address, the old one answering no more; return its secret. Locks the person's row."""
    revoke_feed(person, now=now)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    CalendarFeed.objects.create(person=person, token_sha256=_hash(token), sealed_token=token, made_at=now)
    return token


@transaction.atomic
def revoke_feed(person: User, *, now: datetime) -> bool:
    """End the person's address and forget its secret; return whether there was one. Locks the person's row."""
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    open_feeds = CalendarFeed.objects.filter(person=person, revoked_at=None)
    return bool(open_feeds.update(revoked_at=now, sealed_token=""))


def token_of(person: User) -> str:
    """Return the secret of the person's address, "" when they have none."""
    feed = CalendarFeed.objects.filter(person=person, revoked_at=None).first()
    return feed.sealed_token if feed else ""


def find_reader(token: str) -> User | None:
    """Return whose address it is, None for one that was revoked, never made, or whose person left the staff."""
    feeds = CalendarFeed.objects.filter(token_sha256=_hash(token), revoked_at=None, person__is_active=True)
    feed = feeds.select_related("person").first()
    return feed.person if feed and has_role(feed.person, *FEED_ROLES) else None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
