"""What the tests of recordings share."""

import pytest

from scheduling.models import Project


@pytest.fixture
def project(db) -> Project:
    return Project.objects.create(name="普通话对话", slug="mandarin")
