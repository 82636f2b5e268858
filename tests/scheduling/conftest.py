"""What the tests of booking share: the manager's browser."""

import pytest


@pytest.fixture
def manager(client_for, mara, clock):
    """mara's browser."""
    return client_for(mara)
