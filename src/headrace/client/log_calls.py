"""The methods of `MlflowClient` that log into a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from headrace.api import tracking as api
from headrace.client import active_model, validation
from headrace.client.batches import split_batch
from headrace.client.operations import RunOperations
from headrace.client.store_client import StoreClient
from headrace.entities import (
    DatasetInput,
    LoggedModelInput,
    LoggedModelOutput,
    Metric,
    Param,
    RunTag,
)


class LogCalls(StoreClient):
    """Points, params, tags, inputs and outputs of runs.

    `synchronous` means for each of them what it means for `Writer.write`: None takes the call into
    the journal and returns, True waits for the store and raises what goes wrong, False returns
    `RunOperations` that tell when the store has it.
    """

    def log_metric(
        self,
        run_id: str,
        key: str,
        value: float,
        timestamp: int | None = None,
        step: int | None = None,
        synchronous: bool | None = None,
        dataset_name: str | None = None,
        dataset_digest: str | None = None,
        model_id: str | None = None,
    ) -> RunOperations | None:
        """Log one point of a metric.

        Args:
            run_id: The run.
            key: Name of the metric: letters, digits and ``_-./: ``, at most 250 characters.
            value: A number; NaN and the infinities too.
            timestamp: Milliseconds since the epoch; now if not given.
            step: Any 64-bit integer; 0 if not given.
            synchronous: See the class.
            dataset_name: The data set that the value was measured on.
            dataset_digest: Its digest.
            model_id: The logged model that the value describes; the active one if not given.

        Raises:
            InvalidParameterValue: If an argument is malformed.
            ResourceDoesNotExist: If there is no such run.

        """
        write = api.LogMetric(
            run_id=validation.check_run_id_type(run_id),
            key=validation.metric_key(key),
            value=validation.to_float(value, key),
            timestamp=validation.to_timestamp("timestamp", timestamp),
            step=validation.to_int("step", step),
            model_id=validation.optional_text("model_id", model_id)
            or active_model.get_active_model_id(),
            dataset_name=validation.optional_text("dataset_name", dataset_name),
            dataset_digest=validation.optional_text("dataset_digest", dataset_digest),
        )
        return self._writer.write((write,), synchronous=synchronous)

    def log_param(self, run_id: str, key: str, value: Any, synchronous: bool | None = None) -> Any:
        """Log a param: set once, its value the text of what is given.

        Args:
            run_id: The run.
            key: Name of the param: letters, digits and ``_-./: ``, at most 250 characters.
            value: The value.
            synchronous: See the class.

        Returns:
            The value as given, or the `RunOperations` if not synchronous.

        Raises:
            InvalidParameterValue: If an argument is malformed or the param has another value.
            ResourceDoesNotExist: If there is no such run.

        """
        param = validation.param(key, value)
        write = api.LogParam(
            run_id=validation.check_run_id_type(run_id), key=param.key, value=param.value
        )
        operations = self._writer.write((write,), synchronous=synchronous)
        return value if operations is None else operations

    def set_tag(
        self, run_id: str, key: str, value: Any, synchronous: bool | None = None
    ) -> RunOperations | None:
        """Set a tag of a run; the value becomes a text.

        Raises:
            InvalidParameterValue: If an argument is malformed.
            ResourceDoesNotExist: If there is no such run.

        """
        tag = validation.tag(key, value)
        write = api.SetTag(
            run_id=validation.check_run_id_type(run_id), key=tag.key, value=tag.value
        )
        return self._writer.write((write,), synchronous=synchronous)

    def delete_tag(self, run_id: str, key: str) -> None:
        """Delete a tag of a run.

        Raises:
            ResourceDoesNotExist: If the run has no such tag.

        """
        self._store.delete_tag(validation.make_request(api.DeleteTag, run_id=run_id, key=key))

    def log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: Sequence[Param] = (),
        tags: Sequence[RunTag] = (),
        synchronous: bool | None = None,
    ) -> RunOperations | None:
        """Log points, params and tags together.

        Up to 1000 of them, 100 params and 100 tags among them, are stored all or none; more are
        split into several requests.

        Args:
            run_id: The run.
            metrics: Points; one without a `model_id` describes the active model, if there is one.
            params: Params.
            tags: Tags.
            synchronous: See the class.

        Raises:
            InvalidParameterValue: If something is malformed, with nothing of it stored, or a param
                has another value, with nothing of its request stored.
            ResourceDoesNotExist: If there is no such run.

        """
        checked_id = validation.check_run_id_type(run_id)
        points = [
            validation.metric_point(metric, f"metrics[{index}].")
            for index, metric in enumerate(metrics)
        ]
        model_id = active_model.get_active_model_id()
        if model_id is not None:
            for point in points:
                point.model_id = point.model_id or model_id
        writes = split_batch(
            checked_id,
            points,
            [validation.param(p.key, p.value, f"params[{i}].") for i, p in enumerate(params)],
            [validation.tag(t.key, t.value, f"tags[{i}].") for i, t in enumerate(tags)],
        )
        operations = self._writer.write(writes, synchronous=synchronous)
        return operations if metrics or params or tags else None

    def log_inputs(
        self,
        run_id: str,
        datasets: Sequence[DatasetInput] | None = None,
        models: Sequence[LoggedModelInput] | None = None,
    ) -> None:
        """Record data sets and logged models as inputs of a run.

        A data set that the run already has is not recorded twice.

        Raises:
            InvalidParameterValue: If something is malformed.
            ResourceDoesNotExist: If there is no such run.

        """
        self._writer.write_and_wait(
            validation.make_request(
                api.LogInputs,
                run_id=run_id,
                datasets=list(datasets or ()),
                models=list(models or ()),
            )
        )

    def log_outputs(self, run_id: str, models: list[LoggedModelOutput]) -> None:
        """Record logged models as outputs of a run.

        Raises:
            InvalidParameterValue: If something is malformed.
            ResourceDoesNotExist: If there is no such run.

        """
        request = validation.make_request(api.LogOutputs, run_id=run_id, models=list(models))
        self._writer.write_and_wait(request)
