"""Where the files lie, read from the environment: on the disk, or in an S3-compatible object store."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from botocore.config import Config
from django.core.exceptions import ImproperlyConfigured

BACKEND = "recordings.object_storage.ObjectStorage"
NEEDED = ("DUOLOGUE_S3_BUCKET", "DUOLOGUE_S3_ENDPOINT", "DUOLOGUE_S3_KEY_ID", "DUOLOGUE_S3_SECRET_KEY")
EXTRA = ("DUOLOGUE_S3_REGION", "DUOLOGUE_S3_PUBLIC_ENDPOINT", "DUOLOGUE_S3_ADDRESSING")
DELIVERIES = ("django", "accel", "presigned")
# A player asks again on each start and jump, so a link that outlives its page helps only who copied it.
LINK_SECONDS = range(5, 901)
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
# The host goes into a header: letters, digits, dots and hyphens, and a port.
_HOST = re.compile(r"[a-zA-Z0-9.-]+(:[0-9]{1,5})?")


@dataclass(frozen=True, kw_only=True)
class ObjectStore:
    """
    A bucket of an S3-compatible store, and how to reach it.

    `public_endpoint` is the store's address as browsers see it; `addressing` says
    whether the bucket stands in the path or before the host.
    """

    bucket: str
    endpoint: str
    public_endpoint: str
    region: str
    key_id: str
    secret_key: str = field(repr=False)
    addressing: str
    link_seconds: int

    @property
    def browser_origin(self) -> str:
        """The origin from which browsers load the sound by link."""
        if self.addressing == "path":
            return self.public_endpoint
        scheme, host = self.public_endpoint.split("://")
        return f"{scheme}://{self.bucket}.{host}"


def read_object_store(read: Callable[[str], Any]) -> ObjectStore | None:
    """
    Return the object store that the settings name, None when none is named.

    Raise ImproperlyConfigured for one that is named in part or malformed. No
    message tells a key.
    """
    given = [name for name in (*NEEDED, *EXTRA) if read(name)]
    if not given:
        return None
    if missing := [name for name in NEEDED if not read(name)]:
        raise ImproperlyConfigured(f"{given[0]} is set, so {', '.join(missing)} must be set too.")
    if not _BUCKET.fullmatch(read("DUOLOGUE_S3_BUCKET")):
        raise ImproperlyConfigured(
            "DUOLOGUE_S3_BUCKET must be the name of a bucket: a-z, 0-9, dots, hyphens."
        )
    if (addressing := read("DUOLOGUE_S3_ADDRESSING") or "path") not in {"path", "virtual"}:
        raise ImproperlyConfigured("DUOLOGUE_S3_ADDRESSING must be path or virtual.")
    if (link_seconds := read("DUOLOGUE_S3_LINK_SECONDS")) not in LINK_SECONDS:
        raise ImproperlyConfigured("DUOLOGUE_S3_LINK_SECONDS must be between 5 and 900.")
    endpoint = _read_origin(read, "DUOLOGUE_S3_ENDPOINT")
    is_public = bool(read("DUOLOGUE_S3_PUBLIC_ENDPOINT"))
    return ObjectStore(
        bucket=read("DUOLOGUE_S3_BUCKET"),
        endpoint=endpoint,
        public_endpoint=_read_origin(read, "DUOLOGUE_S3_PUBLIC_ENDPOINT") if is_public else endpoint,
        region=read("DUOLOGUE_S3_REGION") or "us-east-1",
        key_id=read("DUOLOGUE_S3_KEY_ID"),
        secret_key=read("DUOLOGUE_S3_SECRET_KEY"),
        addressing=addressing,
        link_seconds=link_seconds,
    )


def read_delivery(read: Callable[[str], Any], *, object_store: ObjectStore | None) -> str:
    """Return how sound reaches a listener. Raise ImproperlyConfigured when the files do not lie where it needs them."""
    delivery = str(read("DUOLOGUE_SOUND_DELIVERY"))
    if delivery not in DELIVERIES:
        raise ImproperlyConfigured(f"DUOLOGUE_SOUND_DELIVERY must be one of {', '.join(DELIVERIES)}.")
    if delivery == "presigned" and object_store is None:
        raise ImproperlyConfigured("DUOLOGUE_SOUND_DELIVERY=presigned needs the files in an object store.")
    if delivery == "accel" and object_store is not None:
        raise ImproperlyConfigured(
            "DUOLOGUE_SOUND_DELIVERY=accel needs the files on a disk, not in an object store."
        )
    return delivery


def storage_of(object_store: ObjectStore | None) -> dict[str, Any]:
    """Return Django's entry for the default storage."""
    if object_store is None:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    return {"BACKEND": BACKEND, "OPTIONS": _options_of(object_store)}


def _options_of(store: ObjectStore) -> dict[str, Any]:
    """Return the options of the backend: private, never overwritten, and nothing read from another environment."""
    return {
        "bucket_name": store.bucket,
        "endpoint_url": store.endpoint,
        "public_endpoint_url": store.public_endpoint,
        "region_name": store.region,
        "access_key": store.key_id,
        "secret_key": store.secret_key,
        "security_token": None,
        "session_profile": None,
        "default_acl": None,
        "file_overwrite": False,
        "querystring_auth": True,
        "querystring_expire": store.link_seconds,
        "client_config": Config(
            s3={"addressing_style": store.addressing},
            signature_version="s3v4",
            # Other makers' stores refuse the checksums that the client would add by itself.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            # A store that is away must not hold a web worker: one more try, then a 503.
            connect_timeout=3,
            read_timeout=15,
            retries={"mode": "standard", "total_max_attempts": 2},
        ),
    }


def _read_origin(read: Callable[[str], Any], name: str) -> str:
    """Return the setting as scheme://host[:port]."""
    address = str(read(name)).rstrip("/")
    parts = urlsplit(address)
    is_bare = not (parts.path or parts.query or parts.fragment)
    if parts.scheme not in {"http", "https"} or not is_bare or not _HOST.fullmatch(parts.netloc):
        raise ImproperlyConfigured(f"{name} must be https://host or https://host:port, without a path.")
    return f"{parts.scheme}://{parts.netloc}"
