"""What Django's system check says about the way of the sound: mixed content, and voices in the clear."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks

LOOPBACK = {"localhost", "127.0.0.1"}


def check_object_store(app_configs: Any, **_options: Any) -> list[checks.CheckMessage]:
    """Refuse links that browsers would not follow; warn of a store that is reached without TLS over a network."""
    store = settings.OBJECT_STORE
    if store is None:
        return []
    found: list[checks.CheckMessage] = []
    is_plain = urlsplit(store.public_endpoint).scheme == "http"
    if settings.SOUND_DELIVERY == "presigned" and is_plain and settings.SESSION_COOKIE_SECURE:
        found.append(
            checks.Error(
                "Pages are served by https and the object store by http: browsers play nothing.",
                hint="Give DUOLOGUE_S3_PUBLIC_ENDPOINT an https address, or another DUOLOGUE_SOUND_DELIVERY.",
                id="config.E001",
            )
        )
    inner = urlsplit(store.endpoint)
    if inner.scheme == "http" and inner.hostname not in LOOPBACK:
        found.append(
            checks.Warning(
                "Voices travel to the object store without TLS.",
                hint="Use an https address in DUOLOGUE_S3_ENDPOINT, unless the network is yours alone.",
                id="config.W001",
            )
        )
    return found
