import pytest

from recordings.tus import MAX_METADATA_CHARACTERS, BadHeader, read_checksum, read_metadata, read_number


def test_number_has_eighteen_digits_at_most():
    assert read_number("0", name="Upload-Length") == 0
    assert read_number("9" * 18, name="Upload-Length") == 10**18 - 1
    for value in (None, "", "9" * 19, "-1", "+1", " 1", "1_000", "٣", "１"):
        with pytest.raises(BadHeader):
            read_number(value, name="Upload-Length")


def test_metadata_is_pairs_of_key_and_base64():
    assert read_metadata(None) == read_metadata("") == {}
    assert read_metadata("project ZHVv, is_confidential,empty ") == {
        "project": "ZHVv",
        "is_confidential": "",
        "empty": "",
    }
    for value in (
        "näme ZHVv",
        "ключ ZHVv",
        "name ZHVv\r\nX: y",
        "name\tZHVv",
        "a ZHVv,,b ZHVv",
        "name Z*==",
        "a ü",
    ):
        with pytest.raises(BadHeader):
            read_metadata(value)


def test_metadata_has_a_limit():
    value = "AAAA" * ((MAX_METADATA_CHARACTERS - 4) // 4)
    assert read_metadata(f"key {value}") == {"key": value}
    with pytest.raises(BadHeader):
        read_metadata(f"keys {value}")


def test_checksum_names_an_algorithm_of_ours_and_has_its_length():
    assert read_checksum(None) is None
    checksum = read_checksum("md5 XrY7u+Ae7tCTyyK7j1rNww==")
    assert (checksum.algorithm, checksum.digest.hex()) == ("md5", "5eb63bbbe01eeed093cb22bb8f5acdc3")
    for value in (
        "",
        "md5",
        "MD5 XrY7u+Ae7tCTyyK7j1rNww==",
        "sha1 XrY7u+Ae7tCTyyK7j1rNww==",
        "crc32 AAAAAA==",
    ):
        with pytest.raises(BadHeader):
            read_checksum(value)
