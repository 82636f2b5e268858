"""Local copies of what lies in the storage: the same bytes or none, and nothing left behind."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse

from recordings.local_copies import CopyTooSlow, FileLost, is_local, local_copy
from tests.recordings.makers import make_sample

CONTENT = bytes(range(250)) * 40
NEW = reverse("recordings:sample_new")


def copied(sample, **changes):
    facts = {"size_bytes": sample.original_bytes, "sha256": sample.original_sha256, "within_s": 10.0}
    return local_copy(sample.original, **facts | changes)


def test_copy_is_made_and_cleared_away_whatever_happens(kept):
    assert not is_local(default_storage)
    with copied(kept) as path:
        assert path.read_bytes() == CONTENT
    assert not path.parent.exists()

    with pytest.raises(ZeroDivisionError), copied(kept) as path:
        raise ZeroDivisionError
    assert not path.parent.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"size_bytes": 9_999}, "has 10000 bytes instead of 9999"),
        ({"sha256": "0" * 64}, "has another SHA-256"),
    ],
)
def test_copy_of_other_bytes_is_a_loss(kept, changes, words):
    with pytest.raises(FileLost, match=words), copied(kept, **changes):
        pass


def test_copy_of_nothing_is_a_loss(kept):
    default_storage.delete(str(kept.original))

    with pytest.raises(FileLost, match="is not in the storage"), copied(kept):
        pass


def test_copy_that_takes_too_long_is_given_up(kept):
    with pytest.raises(CopyTooSlow), copied(kept, within_s=0):
        pass


def test_file_on_a_disk_is_not_copied(lin, project, settings):
    sample = make_sample(lin, project=project)
    name = default_storage.save(str(sample.original), ContentFile(CONTENT))

    with copied(sample) as path:
        assert str(path) == default_storage.path(name)

    default_storage.delete(name)
    with pytest.raises(FileLost, match="is not on the disk"), copied(sample):
        pass
    settings.MEDIA_ROOT = settings.MEDIA_ROOT / "not mounted"
    with pytest.raises(NotADirectoryError), copied(sample):
        pass
