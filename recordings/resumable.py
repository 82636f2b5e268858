"""
Uploads that go on where they were cut: begun, made a sample of, ended. Rules: R-5, R-13.

`recordings/appending.py` writes to them. See docs/decisions/0012.
"""

import secrets
import shutil
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import DatabaseError, transaction
from django.db.models import Sum
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from recordings.appending import ResumeRefused, disk_refusal, gone_refusal
from recordings.models import Sample, Upload
from recordings.models.sample import original_path
from recordings.parts import make_part, old_parts, part_path, part_size, remove_part
from recordings.samples import check_size, enter_sample
from recordings.tries import SampleRefused, check_may_send
from recordings.uploads import StoredFile, discard_file, store_file
from scheduling.models import Project

# An upload that got no byte for so long may be ended by its own person's next one.
IDLE_AFTER = timedelta(minutes=10)
# A part file without a row is left by a crash between the two; a row is written within seconds.
ORPHANED_AFTER = timedelta(hours=1)


def make_owner_token(person: User) -> str:
    """
    Return what a browser binds to this person the recording that it keeps until it has arrived.

    It is the same at each visit, another for each person, and tells nobody who it is.
    """
    return salted_hmac("recordings.resumable.owner", str(person.pk), algorithm="sha256").hexdigest()[:32]


# --- begun ---


def create_upload(
    person: User, *, project: Project, length_bytes: int, metadata: str, now: datetime
) -> Upload:
    """
    Begin an upload of that many bytes; `metadata` is given back as it is.

    Raise SampleRefused: "too_large", or a code of tries.find_obstacle; or ResumeRefused:
    "too_many" for more open uploads or bytes than one person may have, "full" when
    all uploads together or the disk leave no room, "storage" when the disk says no.
    The person's own idle uploads make room first. Locks the person. Rule: R-13.
    """
    if length_bytes:
        check_size(length_bytes)
    upload, ended = _enter_upload(person, project=project, length=length_bytes, metadata=metadata, now=now)
    for key in ended:
        remove_part(key)
    try:
        make_part(upload.key)
    except OSError as error:
        upload.delete()
        raise disk_refusal() from error
    return upload


@transaction.atomic
def _enter_upload(
    person: User, *, project: Project, length: int, metadata: str, now: datetime
) -> tuple[Upload, list[str]]:
    """Write the row; return it and the keys of the idle uploads that made room."""
    User.objects.select_for_update().get(pk=person.pk)
    check_may_send(person, project=project, now=now)
    ended = _make_room_of_own(person, length=length, now=now)
    _check_room(length)
    upload = Upload.objects.create(
        project=project,
        person=person,
        key=secrets.token_hex(16),
        length_bytes=length,
        metadata=metadata,
        created_at=now,
        touched_at=now,
        expires_at=now + settings.UPLOAD_LIFE,
    )
    return upload, ended


def _make_room_of_own(person: User, *, length: int, now: datetime) -> list[str]:
    """
    End the person's idle uploads, the oldest first, until another of `length` bytes is within the limits.

    Whoever cleared the browser must not wait a day for uploads that nobody can go on with.
    """
    own = list(Upload.objects.filter(person=person, sample=None).order_by("touched_at", "pk"))
    held = sum(upload.length_bytes for upload in own)
    ended = []
    while own and (len(own) >= settings.MAX_OPEN_UPLOADS or held + length > settings.MAX_PERSON_UPLOAD_BYTES):
        oldest = own.pop(0)
        if oldest.touched_at > now - IDLE_AFTER:
            raise ResumeRefused(
                _("You are sending other files at this moment. Wait until they have arrived."),
                code="too_many",
            )
        held -= oldest.length_bytes
        ended.append(oldest.key)
    Upload.objects.filter(key__in=ended, sample=None).delete()
    return ended


def _check_room(length: int) -> None:
    """Raise ResumeRefused(code="full") unless all open uploads and this one fit the quota and the disk."""
    sums = Upload.objects.filter(sample=None).aggregate(
        promised=Sum("length_bytes", default=0), arrived=Sum("offset_bytes", default=0)
    )
    folder = settings.UPLOADS_DIR
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    to_come = sums["promised"] - sums["arrived"] + length
    has_room = shutil.disk_usage(folder).free - to_come >= settings.KEEP_FREE_BYTES
    if not has_room or sums["promised"] + length > settings.MAX_ALL_UPLOAD_BYTES:
        raise ResumeRefused(
            _("Too much is arriving at this moment. Try again in a few minutes."), code="full"
        )


# --- made a sample of ---


def submit_upload(upload: Upload, *, now: datetime) -> Sample:
    """
    Make a sample of a whole upload and queue it for measuring; an upload that has one already gives that.

    Raise SampleRefused: "unfinished", "empty", or a code of tries.find_obstacle;
    ResumeRefused(code="gone"); UploadRefused(code="storage"). Then the upload
    stays as it is. Locks the person, so that two windows make one sample. Rules: R-5, R-13.
    """
    if upload.sample is not None:
        return upload.sample
    check_size(upload.length_bytes)
    sample = Sample(
        project=upload.project, person=upload.person, key=secrets.token_hex(16), sent_at=now, queued_at=now
    )
    try:
        if min(upload.offset_bytes, part_size(upload.key)) < upload.length_bytes:
            raise SampleRefused(_("The file has not arrived yet. Wait until it is there."), code="unfinished")
        with part_path(upload.key).open("rb") as part:
            stored = store_file(File(part, name=""), name=original_path(sample, ""))
    except FileNotFoundError:  # another window was faster, or it was ended
        return _sample_of(upload)
    try:
        made = _claim_upload(upload, sample, stored=stored, now=now)
    except (ValidationError, DatabaseError):
        discard_file(stored.name)
        raise
    if made is not sample:
        discard_file(stored.name)
    remove_part(upload.key)
    return made


@transaction.atomic
def _claim_upload(upload: Upload, sample: Sample, *, stored: StoredFile, now: datetime) -> Sample:
    """Enter the sample and write it to the upload; return the other one when somebody was faster."""
    User.objects.select_for_update().get(pk=upload.person_id)
    row = Upload.objects.select_related("sample").filter(pk=upload.pk).first()
    if row is None:
        raise gone_refusal()
    if row.sample is not None:
        return row.sample
    enter_sample(sample, stored=stored, now=now)
    Upload.objects.filter(pk=upload.pk).update(sample=sample)
    return sample


def _sample_of(upload: Upload) -> Sample:
    row = Upload.objects.select_related("sample").filter(pk=upload.pk).first()
    if row is None or row.sample is None:
        raise gone_refusal()
    return row.sample


# --- ended ---


def end_upload(upload: Upload) -> None:
    """End the upload and remove its bytes. A sample that was made of it stays."""
    Upload.objects.filter(pk=upload.pk).delete()
    remove_part(upload.key)


def sweep_uploads(*, now: datetime) -> int:
    """End the uploads whose time is over, remove part files that no upload names; return how many of both."""
    swept = 0
    for key in list(Upload.objects.filter(expires_at__lte=now).values_list("key", flat=True)):
        deleted, _by_model = Upload.objects.filter(key=key, expires_at__lte=now).delete()
        if deleted:  # it was not written to in this moment
            remove_part(key)
            swept += 1
    known = set(Upload.objects.filter(sample=None).values_list("key", flat=True))
    for key in old_parts(before=now - ORPHANED_AFTER):
        if key not in known and not Upload.objects.filter(key=key, sample=None).exists():
            remove_part(key)
            swept += 1
    return swept
