"""Data sets of TensorFlow, by MLflow and by Headrace: run by a test in an empty folder."""

from __future__ import annotations

from typing import Any

import described
import numpy as np
import tensorflow as tf

import headrace.data


def samples() -> dict[str, tuple[Any, Any]]:
    """Return features and targets by name."""
    slices = tf.data.Dataset.from_tensor_slices
    table = np.arange(12.0).reshape(6, 2)
    labels = np.array([0, 1, 0, 1, 1, 0])
    named = {"a": table, "b": table[:, :1].astype("float32")}
    return {
        "tensor": (tf.constant(table), None),
        "tensor and targets": (tf.constant(table), tf.constant(labels)),
        "large tensor": (tf.range(30_000), None),
        "texts": (tf.constant(["a", "bc"]), None),
        "scalar": (tf.constant(5.0), None),
        "variable": (tf.Variable([1.0, 2.0]), None),
        "rows": (slices(table), None),
        "rows and targets": (slices(table), slices(labels[:, None])),
        "pairs": (slices((table, labels)).batch(4), None),
        "by name": (slices(named).batch(2), None),
        "scalars": (slices(labels), None),
        "long element": (slices(np.arange(24_000.0).reshape(2, 12_000)), None),
        "unknown length": (slices(table).filter(lambda row: row[0] > 3), None),
    }


def refused() -> list[tuple[str, Any]]:
    """Return calls that must fail, by name."""
    make = headrace.data.from_tensorflow
    tensor, data = tf.constant([1.0]), tf.data.Dataset.range(3)
    return [
        ("no tensor", lambda: make(np.zeros(2), source="x")),
        ("sparse", lambda: make(tf.sparse.from_dense([0, 1]), source="x")),
        ("mixed", lambda: make(tensor, source="x", targets=data)),
        ("no targets", lambda: make(data, source="x", targets=[1])),
        ("infinite", lambda: make(data.repeat(), source="x")),
        ("infinite with a digest", lambda: make(data.repeat(), source="x", digest="d").to_dict()),
    ]


if __name__ == "__main__":
    empty = tf.data.Dataset.range(0)
    texts = tf.data.Dataset.from_tensor_slices(["a", "bc"])
    described.tell(
        {
            "described": described.both(
                "from_tensorflow",
                {
                    name: ((features,), {"source": "data/x.npy", "targets": targets})
                    for name, (features, targets) in samples().items()
                },
            ),
            "beyond": {
                name: headrace.data.from_tensorflow(data, source="x").to_dict()
                for name, data in (("empty", empty), ("texts", texts))
            },
            "refused": described.refusals(refused()),
        }
    )
