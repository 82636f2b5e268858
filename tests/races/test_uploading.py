"""The site of the upload races leaves no server behind."""

import socket

import pytest

from tests.journeys.site import wait_until
from tests.races.uploading import UploadSite

pytestmark = pytest.mark.race


def is_answered(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def assert_is_gone(site: UploadSite) -> None:
    # What was killed takes its sockets along a moment later.
    wait_until(lambda: not is_answered(site.port), what="the sockets to close")


def test_server_that_does_not_come_up_is_not_left_behind(tmp_path):
    site = UploadSite(tmp_path, application="config.nowhere:application")

    with pytest.raises(AssertionError, match="the server ended"):
        site.serve()

    assert site.server is None
    assert_is_gone(site)


def test_site_is_served_once_at_a_time(tmp_path):
    site = UploadSite(tmp_path)
    site.run("manage.py", "prepare")
    try:
        site.serve()
        first = site.server
        with pytest.raises(AssertionError, match="it is served already"):
            site.serve()
        assert site.server is first
        assert is_answered(site.port)
    finally:
        site.kill()

    assert_is_gone(site)
