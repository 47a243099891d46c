"""Sends files to S3 and fetches them, by Headrace's store or by boto3; prints what it took as JSON.

Run with the interpreter of either environment:
``s3_transfers.py LIBRARY BUCKET PREFIX SMALL_FOLDER LARGE_FILE TARGET``.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

_THREADS = 32


class Headrace:
    """The artifact store of s3: URIs."""

    def __init__(self, bucket: str, prefix: str) -> None:
        from headrace.artifacts.registry import open_artifact_store

        self._store = open_artifact_store(f"s3://{bucket}/{prefix}")

    def send_folder(self, folder: Path) -> None:
        self._store.put_folder(folder, "small")

    def fetch_folder(self, target: Path) -> None:
        self._store.download("small", target)

    def send_file(self, file: Path) -> None:
        self._store.put_file(file, "large.bin")

    def fetch_file(self, target: Path) -> None:
        self._store.download("large.bin", target)

    def delete(self) -> None:
        self._store.delete()


class Boto3:
    """Amazon's library, with as many threads for small files as help it."""

    def __init__(self, bucket: str, prefix: str) -> None:
        import boto3  # type: ignore[import-not-found, unused-ignore]
        from botocore.config import Config  # type: ignore[import-not-found, unused-ignore]

        self._client: Any = boto3.client(
            "s3",
            endpoint_url=os.environ["MLFLOW_S3_ENDPOINT_URL"],
            region_name="us-east-1",
            config=Config(max_pool_connections=_THREADS),
        )
        self._bucket = bucket
        self._prefix = prefix
        self._names: list[str] = []

    def send_folder(self, folder: Path) -> None:
        self._names = os.listdir(folder)
        self._for_each(
            lambda name: self._client.upload_file(
                str(folder / name), self._bucket, f"{self._prefix}/small/{name}"
            )
        )

    def fetch_folder(self, target: Path) -> None:
        (target / "small").mkdir()
        self._for_each(
            lambda name: self._client.download_file(
                self._bucket, f"{self._prefix}/small/{name}", str(target / "small" / name)
            )
        )

    def send_file(self, file: Path) -> None:
        self._client.upload_file(str(file), self._bucket, f"{self._prefix}/large.bin")

    def fetch_file(self, target: Path) -> None:
        key = f"{self._prefix}/large.bin"
        self._client.download_file(self._bucket, key, str(target / "large.bin"))

    def delete(self) -> None:
        keys = ["large.bin", *(f"small/{name}" for name in self._names)]
        self._for_each_of(
            keys,
            lambda key: self._client.delete_object(
                Bucket=self._bucket, Key=f"{self._prefix}/{key}"
            ),
        )

    def _for_each(self, act: Callable[[str], Any]) -> None:
        self._for_each_of(self._names, act)

    def _for_each_of(self, names: list[str], act: Callable[[str], Any]) -> None:
        with ThreadPoolExecutor(_THREADS) as pool:
            list(pool.map(act, names))


def _took(act: Callable[[Path], None], path: Path) -> dict[str, float]:
    started, cpu = time.perf_counter(), time.process_time()
    act(path)
    return {"wall_s": time.perf_counter() - started, "cpu_s": time.process_time() - cpu}


def main() -> None:
    library, bucket, prefix, *paths = sys.argv[1:]
    small, large, target = map(Path, paths)
    files: Headrace | Boto3 = {"headrace": Headrace, "boto3": Boto3}[library](bucket, prefix)
    took = {
        "small up": _took(files.send_folder, small),
        "small down": _took(files.fetch_folder, target),
        "large up": _took(files.send_file, large),
        "large down": _took(files.fetch_file, target),
    }
    files.delete()
    lines = Path("/proc/self/status").read_text().splitlines()
    peak = next(line for line in lines if line.startswith("VmHWM")).split()[1]
    print(json.dumps({**took, "peak_bytes": int(peak) * 1024}))


if __name__ == "__main__":
    main()
