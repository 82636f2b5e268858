"""The proxy of docs/operations.md in earnest: nginx sends the sound that we name, with ranges, and nothing else."""

import os
import re
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from threading import Thread

import pytest
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import WSGIRequestHandler, WSGIServer
from django.db import connections
from django.urls import reverse

from recordings.models import PlayEvent
from tests.object_stores import free_port
from tests.processes import wait_until
from tests.recordings.conftest import find_nginx
from tests.recordings.makers import make_sample

pytestmark = [pytest.mark.race, pytest.mark.nginx]
OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"
CONFIGURATION = """
daemon off;
{user}
pid nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    server {{
        listen 127.0.0.1:{port};
        location / {{ proxy_pass {application}; proxy_set_header Host localhost; }}
        {block}
    }}
}}
"""


def documented_block(media_root):
    """Return the block of the operations page, with the files where the test has them."""
    (block,) = re.findall(r"```nginx\n(.*?)```", OPERATIONS.read_text(encoding="utf-8"), flags=re.S)
    assert block.count("/srv/duologue/var/media/") == 1
    return block.replace("/srv/duologue/var/media/", f"{media_root}/")


@pytest.fixture
def application(db):
    """
    Serve the application from a thread that shares the test's connection, and return its address.

    The test's transaction is rolled back at the end: rows of a log cannot be deleted.
    """
    server = WSGIServer(("127.0.0.1", 0), WSGIRequestHandler)
    server.set_app(WSGIHandler())
    shared = connections["default"]

    def serve():
        connections["default"] = shared
        server.serve_forever(poll_interval=0.05)

    shared.inc_thread_sharing()
    thread = Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
        shared.dec_thread_sharing()


@pytest.fixture
def proxy(application, settings, tmp_path):
    """Run nginx before the application, and return its address."""
    settings.SOUND_DELIVERY = "accel"
    port = free_port()
    (tmp_path / "nginx.conf").write_text(
        CONFIGURATION.format(
            user="user root;" if os.geteuid() == 0 else "",
            port=port,
            application=application,
            block=documented_block(settings.MEDIA_ROOT),
        )
    )
    command = [find_nginx(), "-p", str(tmp_path), "-c", "nginx.conf", "-e", "stderr"]
    with (tmp_path / "nginx.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: process.poll() is not None or fetch(f"{address}/_sound/")[0] == 404)
        assert process.poll() is None, (tmp_path / "nginx.log").read_text()
        yield address
    finally:
        process.terminate()
        process.wait(10)


def fetch(address, *, client=None, method="GET", **headers):
    """Return the status, the headers and the bytes that somebody gets."""
    if client is not None:
        headers["Cookie"] = f"sessionid={client.cookies[django_settings.SESSION_COOKIE_NAME].value}"
    request = urllib.request.Request(address, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.headers, refusal.read()
    except urllib.error.URLError:
        return 0, {}, b""


def test_proxy_sends_parts_after_our_check_and_nothing_from_outside(
    proxy, client_for, lin, stranger, project
):
    sample = make_sample(lin, project=project)
    default_storage.save(sample.original.name, ContentFile(b"THE-ORIGINAL"))
    sound = proxy + reverse("recordings:sample_preview", args=[sample.key])
    owner, other = client_for(lin), client_for(stranger)

    status, headers, content = fetch(sound, client=owner, Range="bytes=250-499")
    assert (status, content) == (206, bytes(range(250)))
    assert headers["Content-Range"] == "bytes 250-499/100000"
    assert (headers["Content-Type"], headers["Cache-Control"]) == ("audio/mpeg", "private, no-store")
    assert "X-Accel-Redirect" not in headers
    assert PlayEvent.objects.values_list("listener", "delivery").get() == (lin.pk, "accel")

    status, headers, content = fetch(sound, client=owner, method="HEAD")
    assert (status, headers["Content-Length"], content) == (200, "100000", b"")
    assert fetch(sound, client=owner, Range="bytes=100000-")[0] == 416
    assert fetch(sound, client=other)[0] == 404

    for name in (
        sample.preview.name,
        sample.original.name,
        f"{sample.preview.name}/../original",
        "..%2Fsecrets.json",
    ):
        status, _headers, content = fetch(f"{proxy}/_sound/{name}", client=owner)
        assert (status, b"THE-ORIGINAL" in content) == (404, False), name
