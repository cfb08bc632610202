"""Make the bucket named on the command line, unless it is there; waits for a store that is still starting."""

from __future__ import annotations

import sys

import boto3
from botocore.config import Config

store = boto3.client("s3", config=Config(retries={"total_max_attempts": 10, "mode": "standard"}))
if not any(one["Name"] == sys.argv[1] for one in store.list_buckets()["Buckets"]):
    region = store.meta.region_name
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    store.create_bucket(Bucket=sys.argv[1], **where)
