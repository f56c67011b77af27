"""A Storage in a bucket of S3, or of a server that speaks its language."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

import urllib3
from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError, NoCredentialsError

from review.errors import GiveUp, TryLater
from review.gateways.storage import (
    CHUNK,
    KEY,
    Stored,
    cache_control,
    checked,
    checked_prefix,
    content_type,
    round_trip,
)

PART = 8 * 1024 * 1024
TIMES = {"retries": {"mode": "standard", "max_attempts": 4}, "connect_timeout": 5, "read_timeout": 20}
# Servers other than Amazon's take the bucket in the path, and not all of them know the newer checksums.
COMPATIBLE = {
    "s3": {"addressing_style": "path"},
    "request_checksum_calculation": "when_required",
    "response_checksum_validation": "when_required",
}
REASONS = {
    "NoSuchBucket": "has no bucket of that name",
    "NoSuchUpload": "has dropped this upload: somebody else began to write {key}",
    "PreconditionFailed": "says that somebody else has just written {key}",
    "ConditionalRequestConflict": "says that somebody else has just written {key}",
    "InvalidAccessKeyId": "does not know the access key",
    "SignatureDoesNotMatch": "finds that the secret key does not belong to the access key",
    "ExpiredToken": "says that the session token has expired",
    "AccessDenied": "does not allow {operation} with this access key",
    "RequestTimeTooSkewed": "refuses because its clock and the one of this machine are too far apart",
    "PermanentRedirect": "says that the bucket is in another region",
    "AuthorizationHeaderMalformed": "says that the bucket is in another region",
    "AccessControlListNotSupported": "takes no ACLs for this bucket",
}
# A HEAD is answered without a body: its status is all there is.
STATUSES = {"403": "AccessDenied", "404": "NoSuchKey", "412": "PreconditionFailed"}
UNANSWERED = (ConnectionError, HTTPClientError, urllib3.exceptions.HTTPError)
# boto3 follows a redirect that leads to itself until Python stops it; it names a bad endpoint with a ValueError.
UNUSABLE = (BotoCoreError, OSError, RecursionError, ValueError)


class S3Storage:
    """A Storage below `prefix` in `bucket`. The credentials are found the way boto3 finds them.

    `acl`, such as "public-read", is given to what is published (feeds and media) and to nothing else: for servers where
    no bucket policy says who may read.
    """

    def __init__(
        self,
        bucket: str,
        *,
        prefix: str = "",
        endpoint: str | None = None,
        region: str | None = None,
        acl: str | None = None,
    ) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._endpoint = endpoint
        self._region = region
        self._acl = acl
        self._clients: dict[int, Any] = {}

    def put(self, key: str, chunks: Iterable[bytes]) -> Stored:
        there, parts = self._there(key), _parts(chunks)
        part, is_all = next(parts)
        if is_all:
            digest = hashlib.sha256(part).hexdigest()
            with self._told(key):
                self._client.put_object(**there, **self._described(key, digest), Body=part)
            return Stored(key, len(part), digest)
        for upload in self._unfinished(there["Key"]):
            if upload["Key"] == there["Key"]:
                self._abort(upload)
        with self._told(key):
            upload_id = self._client.create_multipart_upload(**there, **self._described(key))["UploadId"]
        try:
            return self._upload(key, upload_id, chain((part,), (part for part, _ in parts)))
        except BaseException:
            with suppress(TryLater):  # then sweep() finds it
                self._abort({**there, "UploadId": upload_id})
            raise

    def put_if_changed(self, key: str, data: bytes) -> bool:
        digest, there = hashlib.sha256(data).hexdigest(), self._head(key)
        if there and there["ContentLength"] == len(data) and there["Metadata"].get("sha256") == digest:
            return False
        condition = {"IfMatch": there["ETag"]} if there else {"IfNoneMatch": "*"}
        try:
            with self._told(key):
                self._client.put_object(**self._there(key), **self._described(key, digest), **condition, Body=data)
        except GiveUp as error:  # what was to be replaced has gone meanwhile
            raise TryLater(str(error)) from error
        return True

    def open(self, key: str) -> Iterator[bytes]:
        there = self._there(key)
        with self._told(key):
            body = self._client.get_object(**there)["Body"]
        return self._chunks(key, body)

    def read(self, key: str) -> bytes:
        return b"".join(self.open(key))

    def size(self, key: str) -> int | None:
        there = self._head(key)
        return int(there["ContentLength"]) if there else None

    def delete(self, key: str) -> None:
        there = self._there(key)
        with suppress(GiveUp), self._told(key):
            self._client.delete_object(**there)

    def list(self, prefix: str) -> Sequence[str]:
        checked_prefix(prefix)
        with self._told(prefix):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix + prefix
            )
            found = [one["Key"].removeprefix(self._prefix) for page in pages for one in page.get("Contents", ())]
        return sorted(key for key in found if KEY.fullmatch(key))

    def sweep(self, older_than: timedelta) -> int:
        before = datetime.now(UTC) - older_than
        old = [upload for upload in self._unfinished(self._prefix) if upload["Initiated"] < before]
        for upload in old:
            self._abort(upload)
        return len(old)

    def check(self) -> str:
        round_trip(self)
        return self._where

    @property
    def _client(self) -> Any:
        """One for each process: connections must not be shared over a fork. Two threads may make one each at first."""
        pid = os.getpid()
        if pid not in self._clients:
            config = Config(**TIMES, **(COMPATIBLE if self._endpoint else {}))
            made = Session().client("s3", endpoint_url=self._endpoint, region_name=self._region, config=config)
            self._clients.setdefault(pid, made)
        return self._clients[pid]

    @property
    def _where(self) -> str:
        scheme, _, rest = (self._endpoint or "").partition("://")
        return f"bucket {self._bucket} at " + (f"{scheme}://{rest.rpartition('@')[2]}" if rest else "Amazon S3")

    def _there(self, key: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": self._prefix + checked(key)}

    def _described(self, key: str, sha256: str = "") -> dict[str, Any]:
        """What the bucket keeps beside the bytes, and shows to listeners."""
        described: dict[str, Any] = {"ContentType": content_type(key), "CacheControl": cache_control(key)}
        if sha256:
            described["Metadata"] = {"sha256": sha256}
        if self._acl and cache_control(key).startswith("public"):
            described["ACL"] = self._acl
        return described

    def _head(self, key: str) -> dict[str, Any] | None:
        there = self._there(key)
        try:
            with self._told(key):
                found: dict[str, Any] = self._client.head_object(**there)
                return found
        except GiveUp:
            with self._told(key):  # a missing bucket answers a HEAD just like a missing object
                self._client.head_bucket(Bucket=self._bucket)
            return None

    def _chunks(self, key: str, body: Any) -> Iterator[bytes]:
        with self._told(key), closing(body):
            yield from body.iter_chunks(CHUNK)

    def _upload(self, key: str, upload_id: str, parts: Iterable[bytearray]) -> Stored:
        upload = {**self._there(key), "UploadId": upload_id}
        digest, size, done = hashlib.sha256(), 0, []
        for number, part in enumerate(parts, 1):
            digest.update(part)
            size += len(part)
            with self._told(key):
                tag = self._client.upload_part(**upload, PartNumber=number, Body=part)["ETag"]
            done.append({"PartNumber": number, "ETag": tag})
        with self._told(key):
            self._client.complete_multipart_upload(**upload, MultipartUpload={"Parts": done})
        return Stored(key, size, digest.hexdigest())

    def _unfinished(self, prefix: str) -> Sequence[dict[str, Any]]:
        with self._told(prefix):
            pages = self._client.get_paginator("list_multipart_uploads").paginate(Bucket=self._bucket, Prefix=prefix)
            return [upload for page in pages for upload in page.get("Uploads", ())]

    def _abort(self, upload: Mapping[str, Any]) -> None:
        """One that has ended meanwhile is aborted already."""
        with self._told(upload["Key"]), suppress(self._client.exceptions.NoSuchUpload):
            self._client.abort_multipart_upload(Bucket=self._bucket, Key=upload["Key"], UploadId=upload["UploadId"])

    @contextmanager
    def _told(self, key: str) -> Iterator[None]:
        """The bucket's failures in the two words of a gateway, and nothing in them that is secret."""
        try:
            yield
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            code = (
                "NoSuchBucket" if error.operation_name == "HeadBucket" and code == "404" else STATUSES.get(code, code)
            )
            if code == "NoSuchKey":
                raise GiveUp(f"The store has no {key}.") from error
            raise TryLater(f"The store ({self._where}) {_refusal(error, code, key)}.") from error
        except NoCredentialsError as error:
            raise TryLater(f"The store ({self._where}) cannot be asked: there is no access key.") from error
        except UNANSWERED as error:
            raise TryLater(f"The store ({self._where}) does not answer as it should.") from error
        except UNUSABLE as error:
            raise TryLater(f"The store ({self._where}) cannot be used ({type(error).__name__}).") from error


def _code(error: ClientError) -> str:
    code = str(error.response.get("Error", {}).get("Code", ""))
    if (error.operation_name, code) == ("HeadBucket", "404"):
        return "NoSuchBucket"
    return STATUSES.get(code, code)


def _refusal(error: ClientError, code: str, key: str) -> str:
    if code in REASONS:
        return REASONS[code].format(operation=error.operation_name, key=key)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    seen = " ".join(dict.fromkeys((str(status), code[:40])))
    return f"{'fails' if status >= 500 else 'refuses'} {error.operation_name} ({seen})"


def _parts(chunks: Iterable[bytes]) -> Iterator[tuple[bytearray, bool]]:
    """`chunks` cut anew into parts of 8 MiB, each with whether it is the last one; at least one, which may be empty.

    All parts are one buffer, used again, so that there is never more of the object in memory than that.
    """
    part = bytearray()
    for chunk in chunks:
        rest = memoryview(chunk)
        while rest:
            if len(part) == PART:
                yield part, False
                part.clear()
            room = PART - len(part)
            part += rest[:room]
            rest = rest[room:]
    yield part, True
