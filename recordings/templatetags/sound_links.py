"""`{% link_seconds %}`: how long the address lasts to which a player is led."""

from django import template
from django.conf import settings

from recordings.models import Delivery

register = template.Library()


@register.simple_tag
def link_seconds() -> int:
    """Return the seconds that a link of the object store opens for; 0 where no such links are used."""
    store = settings.OBJECT_STORE
    return store.link_seconds if store and settings.SOUND_DELIVERY == Delivery.PRESIGNED else 0
