"""
Django's storage in an S3-compatible object store, read by parts.

What goes wrong on the way is an OSError, as on a disk, so that nobody else
knows of the client's own errors: FileNotFoundError when the store answers that
there is no such file, StorageFailed when it does not answer or refuses us.
"""

import contextlib
import io
from collections.abc import Iterator
from functools import cached_property
from typing import IO, Any, cast

import boto3
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage
from storages.utils import clean_name


class StorageFailed(OSError):
    """The store is away or refuses us: our side's fault, which passes. Nothing is known of the file."""


@contextlib.contextmanager
def told_as_os_errors() -> Iterator[None]:
    """Turn what the client raises into StorageFailed; the message has the store's code and no key."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "unknown")
        raise StorageFailed(f"the object store refused: {error.operation_name} {code}") from error
    except (BotoCoreError, Boto3Error) as error:
        raise StorageFailed(f"the object store failed: {type(error).__name__}") from error


class ObjectReader(io.RawIOBase):
    """An object as a file: each read asks the store for exactly those bytes."""

    def __init__(self, client: Any, *, bucket: str, key: str, size: int) -> None:
        super().__init__()
        self.size = size
        self._client = client
        self._place = {"Bucket": bucket, "Key": key}
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        """Return the next `size` bytes, fewer only at the end. Raise StorageFailed."""
        left = max(0, self.size - self._at)
        wanted = left if size is None or size < 0 else min(size, left)
        if not wanted:
            return b""
        part = f"bytes={self._at}-{self._at + wanted - 1}"
        with told_as_os_errors():
            answer = self._client.get_object(Range=part, **self._place)
            if answer["ContentLength"] != wanted:
                raise StorageFailed("the object store sent another part")
            data: bytes = answer["Body"].read()
        self._at += len(data)
        return data


class ObjectStorage(S3Storage):
    """The bucket. `link` gives a browser an address of its own for a short time."""

    def __init__(self, **options: Any) -> None:
        # One part at a time: parallel ones would hold ten of them in memory for each upload.
        super().__init__(**{"transfer_config": TransferConfig(use_threads=False), **options})

    def get_default_settings(self) -> dict[str, Any]:
        return super().get_default_settings() | {"public_endpoint_url": None}

    def link(self, name: str, *, method: str = "GET", content_type: str) -> str:
        """
        Return an address at which a browser may GET (or HEAD) the file for `querystring_expire` seconds.

        The signature is made here: no request is sent.
        """
        place = {"Bucket": self.bucket_name, "Key": self._key_of(name)}
        if method == "HEAD":
            address: str = self._signer.generate_presigned_url(
                "head_object", Params=place, ExpiresIn=self.querystring_expire
            )
            return address
        sent_as = {
            "ResponseContentType": content_type,
            "ResponseContentDisposition": "inline",
            "ResponseCacheControl": "private, no-store",
        }
        return str(
            self._signer.generate_presigned_url(
                "get_object", Params=place | sent_as, ExpiresIn=self.querystring_expire
            )
        )

    def _open(self, name: str, mode: str = "rb") -> File:
        if mode != "rb":
            raise ValueError("files in the store are read as bytes, and written whole")
        reader = ObjectReader(
            self._client, bucket=self.bucket_name, key=self._key_of(name), size=self.size(name)
        )
        return File(cast(IO[bytes], reader), name=name)

    def size(self, name: str) -> int:
        """Return the file's size in bytes. Raise FileNotFoundError only when the bucket itself answers."""
        with told_as_os_errors():
            try:
                return int(super().size(name))
            except FileNotFoundError:
                # Without a body the answer for a bucket that is not there looks the same.
                self._client.head_bucket(Bucket=self.bucket_name)
                raise

    def exists(self, name: str) -> bool:
        with told_as_os_errors():
            return bool(super().exists(name))

    def delete(self, name: str) -> None:
        with told_as_os_errors():
            super().delete(name)

    def _save(self, name: str, content: File) -> str:
        with told_as_os_errors():
            return str(super()._save(name, content))

    def _key_of(self, name: str) -> str:
        return str(self._normalize_name(clean_name(name)))

    @property
    def _client(self) -> Any:
        return self.connection.meta.client

    @cached_property
    def _signer(self) -> Any:
        """A client that only signs, for the store's address as browsers see it."""
        return boto3.client(
            "s3",
            endpoint_url=self.public_endpoint_url or self.endpoint_url,
            region_name=self.region_name,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            config=self.client_config,
        )
