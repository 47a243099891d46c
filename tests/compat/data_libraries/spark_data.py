"""Data sets of Spark, by MLflow and by Headrace: run by a test in an empty folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import deltalake
import described
import pandas as pd
from pyspark.ml.linalg import Vectors
from pyspark.sql import SparkSession

import headrace.data
from headrace.data.delta_dataset_source import DeltaDatasetSource
from headrace.data.spark_dataset_source import SparkDatasetSource


def frames(spark: SparkSession) -> dict[str, Any]:
    """Return frames with every type that a schema knows, and some that none knows."""
    kinds = "a byte, b short, c int, d long, e float, f double, g boolean, h string, i binary"
    return {
        "range": spark.range(7),
        "filtered": spark.range(100).filter("id % 2 = 0"),
        "types": spark.createDataFrame([(1, 2, 3, 4, 1.5, 2.5, True, "x", bytearray(b"y"))], kinds),
        "times": spark.sql("select date'2024-01-01' as d, timestamp'2024-01-01 10:00:00' as t"),
        "nested": spark.sql(
            "select array(1, 2) as l, named_struct('x', 1, 'y', array('a')) as s, "
            "array(named_struct('z', true)) as ls"
        ),
        "maps": spark.sql("select map('k', 1, 'l', 2) as m union all select map('n', 3) as m"),
        "decimal": spark.sql("select cast(1.5 as decimal(10, 2)) as d"),
        "timestamp without zone": spark.sql("select timestamp_ntz'2024-01-01 10:00:00' as t"),
        "vector": spark.createDataFrame([(Vectors.dense([1.0, 2.0]),)], ["v"]),
        "no rows": spark.range(0),
    }


def main(folder: Path) -> None:
    """Describe, load and refuse."""
    spark = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.warehouse.dir", str(folder / "warehouse"))
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    parquet, delta = str(folder / "parquet"), str(folder / "delta")
    spark.range(5).write.parquet(parquet)
    spark.range(6).write.saveAsTable("numbers")
    deltalake.write_deltalake(delta, pd.DataFrame({"id": [1]}))
    deltalake.write_deltalake(delta, pd.DataFrame({"id": [2]}), mode="append")

    samples = {name: ((frame,), {"sql": "select 1"}) for name, frame in frames(spark).items()}
    read = spark.read.parquet(parquet)
    samples |= {
        "by path": ((read,), {"path": parquet, "targets": "id", "name": "five"}),
        "by table": ((spark.table("numbers"),), {"table_name": "numbers", "predictions": "id"}),
        "by program": ((read,), {"digest": "given"}),
        "by Delta path": ((read,), {"path": delta}),
        "by Delta version": ((read,), {"path": delta, "version": 1}),
        "column with a dot": ((spark.sql("select map('k', 1) as `a.b`"),), {"targets": "a.b"}),
    }
    sources = {
        "path": SparkDatasetSource(path=parquet),
        "table": SparkDatasetSource(table_name="numbers"),
        "query": SparkDatasetSource(sql="select * from numbers where id > 1"),
    }
    described.tell(
        {
            "described": described.both("from_spark", samples),
            "rows": {name: source.load().count() for name, source in sources.items()},
            "names": {
                name: DeltaDatasetSource(delta_table_name=name).delta_table_name
                for name in ("t", "s.t", "c.s.t")
            },
            "refused": described.refusals(refused(read, folder, delta)),
        }
    )
    spark.stop()


def refused(frame: Any, folder: Path, delta: str) -> list[tuple[str, Any]]:
    """Return calls that must fail, by name."""
    from_spark = headrace.data.from_spark
    load_delta = headrace.data.load_delta
    missing = str(folder / "missing")
    return [
        ("no frame", lambda: from_spark(pd.DataFrame({"a": [1]}))),
        ("no such column", lambda: from_spark(frame, targets="b")),
        ("two sources", lambda: from_spark(frame, path="p", table_name="t")),
        ("version of a query", lambda: from_spark(frame, sql="select 1", version=1)),
        ("version of Parquet", lambda: from_spark(frame, path=missing, version=1)),
        ("version of a table", lambda: from_spark(frame, table_name="numbers", version=1)),
        ("missing path", lambda: SparkDatasetSource(path=missing).load()),
        ("missing table", lambda: SparkDatasetSource(table_name="missing").load()),
        ("broken query", lambda: SparkDatasetSource(sql="selekt").load()),
        ("without Delta Lake", lambda: DeltaDatasetSource(path=delta).load()),
        ("Delta by name", lambda: load_delta(table_name="numbers`; drop table numbers")),
        ("two Delta tables", lambda: load_delta(path="p", table_name="t")),
        ("still there", lambda: SparkDatasetSource(table_name="numbers").load()),
    ]


if __name__ == "__main__":
    main(Path.cwd())
