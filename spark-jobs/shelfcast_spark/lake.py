"""Objects of the lake, as services/runtime/lake.ts has them for the services."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from .environment import LakeEnvironment

# A store that takes a request and never answers would hold its caller for ever.
SILENCE_LIMIT_S = 60


@dataclass(frozen=True)
class StoredObject:
    name: str
    size: int
    etag: str


class Lake:
    """The raw, curated and features zones. Names are inside the bucket."""

    def __init__(self, environment: LakeEnvironment) -> None:
        config = Config(
            s3={"addressing_style": "path"} if environment.endpoint else {},
            read_timeout=SILENCE_LIMIT_S,
            retries={"mode": "standard", "max_attempts": 5},
            max_pool_connections=16,
            # Stores other than AWS do not know the trailing checksums that newer clients send by default.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        self.environment = environment
        self.client = boto3.client(
            "s3",
            endpoint_url=environment.endpoint or None,
            region_name=environment.region,
            aws_access_key_id=environment.access_key or None,
            aws_secret_access_key=environment.secret_key or None,
            config=config,
        )

    def create(self, bucket: str, name: str, body: bytes, metadata: dict[str, str] | None = None) -> bool:
        """Writes the object only where none has this name. Returns False when another writer was first."""
        try:
            self.client.put_object(
                Bucket=bucket, Key=name, Body=body, Metadata=metadata or {}, IfNoneMatch="*"
            )
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] in (409, 412):
                return False
            raise
        return True

    def put(self, bucket: str, name: str, body: bytes) -> None:
        """Writes the object, replacing what was there."""
        self.client.put_object(Bucket=bucket, Key=name, Body=body)

    def read(self, bucket: str, name: str) -> bytes:
        return self.client.get_object(Bucket=bucket, Key=name)["Body"].read()

    def metadata(self, bucket: str, name: str) -> dict[str, str] | None:
        """User metadata, or None when there is no such object."""
        try:
            return self.client.head_object(Bucket=bucket, Key=name)["Metadata"]
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return None
            raise

    def names(self, bucket: str, prefix: str, after: str = "") -> Iterator[StoredObject]:
        """Objects whose names begin with the prefix and sort after `after`, in the order of their names."""
        for page in self.client.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Prefix=prefix, StartAfter=after
        ):
            for item in page.get("Contents", []):
                yield StoredObject(item["Key"], item["Size"], item["ETag"])

    def last(self, bucket: str, prefix: str) -> StoredObject | None:
        """The object whose name sorts last of those that begin with the prefix."""
        last = deque(self.names(bucket, prefix), maxlen=1)
        return last[0] if last else None

    def folders(self, bucket: str, prefix: str) -> list[str]:
        """Folders right inside a folder, with their slashes."""
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Prefix=prefix, Delimiter="/"
        )
        return sorted(each["Prefix"] for page in pages for each in page.get("CommonPrefixes", []))

    def tag(self, bucket: str, name: str, tags: dict[str, str]) -> None:
        """Gives the object these tags, in place of those that it had."""
        pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
        self.client.put_object_tagging(Bucket=bucket, Key=name, Tagging={"TagSet": pairs})

    def delete(self, bucket: str, name: str) -> None:
        self.client.delete_object(Bucket=bucket, Key=name)
