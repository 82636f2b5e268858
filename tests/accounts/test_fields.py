import base64

import pytest
from cryptography.exceptions import InvalidTag

from accounts.fields import decrypt, encrypt, keyed_hash

OLD, NEW = (
    f"{name}:{base64.b64encode(bytes([number]) * 32).decode()}" for name, number in [("old", 1), ("new", 2)]
)


@pytest.fixture(autouse=True)
def _keys(settings):
    settings.FIELD_KEYS = OLD


def test_text_comes_back_from_what_cannot_be_read():
    stored = encrypt("110101199003070000")
    assert "1101" not in stored
    assert decrypt(stored) == "110101199003070000"


def test_equal_texts_are_stored_differently():
    assert encrypt("x") != encrypt("x")


def test_new_key_writes_and_old_key_still_reads(settings):
    before = encrypt("x")
    settings.FIELD_KEYS = f"{NEW},{OLD}"
    after = encrypt("x")
    assert (before.split(":")[0], after.split(":")[0]) == ("old", "new")
    assert decrypt(before) == decrypt(after) == "x"


def test_text_of_a_lost_key_says_which(settings):
    stored = encrypt("x")
    settings.FIELD_KEYS = NEW
    with pytest.raises(KeyError, match="old"):
        decrypt(stored)


def test_changed_text_is_refused():
    key_id, _, encoded = encrypt("x").partition(":")
    raw = bytearray(base64.b64decode(encoded))
    raw[-1] ^= 1
    with pytest.raises(InvalidTag):
        decrypt(f"{key_id}:{base64.b64encode(raw).decode()}")


@pytest.mark.parametrize("keys", ["", "x", "x:", "x:YWJj", ":" + OLD.partition(":")[2]])
def test_malformed_keys_are_refused(settings, keys):
    settings.FIELD_KEYS = keys
    with pytest.raises(ValueError, match="FIELD_KEYS"):
        encrypt("x")


def test_hash_finds_equal_texts_and_outlives_a_new_key(settings):
    before = keyed_hash("phone|1")
    settings.FIELD_KEYS = f"{NEW},{OLD}"
    assert keyed_hash("phone|1") == before
    assert keyed_hash("phone|2") != before
    assert keyed_hash("address|1") != before
