"""
How the sound of a sample reaches who may hear it.

The access check is the caller's and comes before each of the three ways. Only a
preview is ever sent: the name is looked at here once more, so that no mistake
elsewhere gives away an original.
"""

import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.encoding import filepath_to_uri

from recordings.models import Delivery, Sample
from recordings.ranges import send_file

PLAYED_TYPES = {"mp3": "audio/mpeg", "m4a": "audio/mp4"}
# What nginx keeps `internal`: docs/operations.md has the block that belongs to it.
ACCEL_LOCATION = "/_sound/"
# Storage adds seven characters to a name that another attempt has used.
_PREVIEW = re.compile(r"samples/[0-9a-f]{2}/[0-9a-f]{32}/preview(?:_\w{7})?\.(mp3|m4a)", re.ASCII)


def send_sound(request: HttpRequest, sample: Sample) -> HttpResponseBase:
    """
    Answer with the sample's sound, by the setting SOUND_DELIVERY, for GET and for HEAD.

    Raise FileNotFoundError when the file is gone, another OSError when the storage is
    away, SuspiciousFileOperation when the name is no preview's.
    """
    name = str(sample.preview)
    match = _PREVIEW.fullmatch(name)
    if match is None:
        raise SuspiciousFileOperation("only previews are played")
    return _WAYS[settings.SOUND_DELIVERY](request, sample, name, PLAYED_TYPES[match.group(1)])


def _send_ourselves(request: HttpRequest, sample: Sample, name: str, content_type: str) -> HttpResponseBase:
    file = sample.preview.storage.open(name, "rb")
    return send_file(request, file, content_type=content_type, tag=f"{sample.key}-{file.size}")


def _send_by_proxy(request: HttpRequest, sample: Sample, name: str, content_type: str) -> HttpResponseBase:
    """Name the file to nginx, which sends it with ranges; the body and its length are nginx's."""
    headers = {
        "X-Accel-Redirect": ACCEL_LOCATION + filepath_to_uri(name),
        "Cache-Control": "private, no-store",
        "Content-Disposition": "inline",
    }
    return HttpResponse(content_type=content_type, headers=headers)


def _send_by_link(request: HttpRequest, sample: Sample, name: str, content_type: str) -> HttpResponseBase:
    """Lead the player to the object store, where ranges work too; the next request gets another link."""
    method = "HEAD" if request.method == "HEAD" else "GET"
    storage: Any = sample.preview.storage  # an ObjectStorage: the settings refuse links from elsewhere
    address = storage.link(name, method=method, content_type=content_type)
    return HttpResponseRedirect(address, headers={"Cache-Control": "private, no-store"})


_WAYS: dict[str, Callable[[HttpRequest, Sample, str, str], HttpResponseBase]] = {
    Delivery.DJANGO: _send_ourselves,
    Delivery.ACCEL: _send_by_proxy,
    Delivery.PRESIGNED: _send_by_link,
}
