"""The protocol, sentence by sentence, inside the test."""

import pytest

from tests.factories import make_project
from tests.recordings.tus_protocol import Answer, Speaker, TusProtocol


class DjangoSpeaker(Speaker):
    """Speaks to the views through Django's client."""

    def __init__(self, client):
        super().__init__()
        self.client = client

    def ask(self, method, path, headers=None, body=b""):
        headers = dict(headers or {})
        content_type = headers.pop("Content-Type", "application/octet-stream")
        said = {"CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(body))}  # also where there is no body
        answer = self.client.generic(method, path, body, headers=headers, **said)
        return Answer(
            answer.status_code, {name.lower(): value for name, value in answer.items()}, answer.content
        )


@pytest.fixture
def tus(client_for, lin, settings, clock):
    settings.MAX_OPEN_UPLOADS = 100
    settings.MAX_PERSON_UPLOAD_BYTES = settings.MAX_ALL_UPLOAD_BYTES
    make_project(slug="duo")
    return DjangoSpeaker(client_for(lin))


class TestInProcess(TusProtocol):
    """Django's client; no server."""
