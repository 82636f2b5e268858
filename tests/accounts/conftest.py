"""What tests of messages stand on."""

import pytest

from tests.accounts.makers import MESSAGE_KINDS, OBJECTIONS, DeafBackend, ForgetfulBackend


@pytest.fixture
def message_kinds(settings, monkeypatch):
    """The kinds of `makers`, and backends that have heard nothing yet."""
    settings.MESSAGE_KINDS = MESSAGE_KINDS
    monkeypatch.setattr(DeafBackend, "taken", [])
    monkeypatch.setattr(ForgetfulBackend, "asked", [])
    OBJECTIONS.clear()
