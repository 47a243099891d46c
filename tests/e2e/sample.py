"""Sample data as a small team has it: three experiments, a tree of runs, files, a model."""

from __future__ import annotations

import json
import math
import os
import random
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import headrace
from headrace import MlflowClient
from headrace.entities import Dataset, DatasetInput, InputTag, LoggedModelOutput
from tests.e2e.documents import make_notebook, make_pdf, make_wav

IMAGES = "vision/classify"
SWEEP = "vision/sweep"
TEXT = "text/sentiment"
MODEL = "image-classifier"
COPY = "edge-classifier"
STEPS = 120


@dataclass
class Sample:
    """What was logged.

    Attributes:
        experiments: Ids of the experiments by name.
        runs: Ids of the runs by their names, which are unique.

    """

    experiments: dict[str, str] = field(default_factory=dict)
    runs: dict[str, str] = field(default_factory=dict)


def fill(uri: str) -> Sample:
    """Log the sample to a server, in a process of its own as training is, and return its ids."""
    environment = os.environ | {"MLFLOW_TRACKING_URI": uri}
    command = [sys.executable, "-m", "tests.e2e.sample"]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return Sample(**json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Log the sample to where the variables lead, and print its ids as JSON."""
    sample = Sample()
    _log_images(sample)
    _log_sweep(sample)
    _log_text(sample)
    _register(sample)
    print(json.dumps(asdict(sample)))


def _log_images(sample: Sample) -> None:
    """Log twelve trainings with curves, of which one failed and one has much to look at."""
    sample.experiments[IMAGES] = headrace.set_experiment(IMAGES).experiment_id
    chance = random.Random(7)
    settings = [
        (model, rate, optimizer)
        for model in ("resnet18", "resnet50", "vit-s")
        for rate in (0.001, 0.01)
        for optimizer in ("adam", "sgd")
    ]
    for number, (model, rate, optimizer) in enumerate(settings):
        name = f"{model}-{optimizer}-{rate}"
        with headrace.start_run(run_name=name) as run:
            sample.runs[name] = run.info.run_id
            headrace.log_params(
                {
                    "model": model,
                    "lr": rate,
                    "optimizer": optimizer,
                    "batch_size": 128,
                    "epochs": STEPS,
                }
            )
            headrace.set_tags(
                {"team": "vision", "stage": "candidate" if number % 3 == 0 else "trial"}
            )
            speed, floor = chance.uniform(0.02, 0.06), chance.uniform(0.15, 0.45)
            for step in range(STEPS):
                loss = floor + 2.2 * math.exp(-speed * step) + chance.gauss(0, 0.03)
                headrace.log_metrics(
                    {
                        "train/loss": loss,
                        "val/loss": loss + 0.08 + chance.gauss(0, 0.02),
                        "val/accuracy": max(0.0, 1 - loss / 2.6 + chance.gauss(0, 0.008)),
                        "lr": rate * (1 - step / STEPS),
                    },
                    step=step,
                )
                if number == 0:
                    print(f"step {step}: loss {loss:.4f}")
            headrace.log_metric("test/accuracy", 1 - floor / 2.2)
            if number < 3:
                _log_pictures(number)
            if number == 0:
                _watch_machine()
                _log_files()
                _log_inputs_and_outputs(run.info.run_id, run.info.experiment_id)
                headrace.set_tag(
                    "mlflow.note.content",
                    "## Baseline\n\nThe run that others are **compared** with.",
                )
    with headrace.start_run(run_name="diverged") as run:
        sample.runs["diverged"] = run.info.run_id
        headrace.log_params(
            {"model": "vit-s", "lr": 0.5, "optimizer": "sgd", "batch_size": 128, "epochs": STEPS}
        )
        headrace.log_metric("train/loss", float("nan"), step=3)
    MlflowClient().set_terminated(run.info.run_id, "FAILED")


def _watch_machine() -> None:
    """Log what the machine did while a run went on, as system metrics."""
    chance = random.Random(3)
    for step in range(STEPS):
        busy = 1 - math.exp(-step / 6)
        headrace.log_metrics(
            {
                "system/cpu_utilization_percentage": 46 * busy + chance.uniform(0, 9),
                "system/system_memory_usage_megabytes": 9_200 + 4_100 * busy,
                "system/gpu_0_utilization_percentage": 91 * busy + chance.uniform(-6, 6),
                "system/gpu_0_power_usage_watts": 60 + 230 * busy + chance.uniform(-12, 12),
            },
            step=step,
        )


def _log_files() -> None:
    headrace.log_text("# Report\n\nAll **good**. <script>window.hacked = 1</script>\n", "report.md")
    headrace.log_text(
        "epoch,loss,accuracy\n"
        + "".join(f"{i},{1 / (i + 1):.4f},{i / 50:.3f}\n" for i in range(40)),
        "history.csv",
    )
    headrace.log_dict(
        {"classes": ["cat", "dog"], "threshold": 0.5, "nested": {"a": [1, 2, 3]}},
        "config/classes.json",
    )
    headrace.log_text(
        "import math\n\n\ndef area(radius):\n    return math.pi * radius**2\n", "code/area.py"
    )
    headrace.log_text(
        "<!doctype html><h1 id=title>Chart</h1><script>"
        "document.getElementById('title').textContent = 'drawn';"
        "try { window.reached = parent.document.title } catch (error) { window.refused = 1 }"
        "</script>",
        "chart.html",
    )
    headrace.log_text(make_notebook(), "look.ipynb")
    with TemporaryDirectory() as folder:
        Path(folder, "paper.pdf").write_bytes(make_pdf(["A paper", "Its second page", "The end"]))
        Path(folder, "tone.wav").write_bytes(make_wav())
        headrace.log_artifacts(folder, "media")
    headrace.log_text("".join(f"{i} line of a long log\n" for i in range(20_000)), "long.log")


def _log_pictures(number: int) -> None:
    """Log what a model makes of two inputs: the pictures grow sharper with the steps.

    Args:
        number: Which run it is: the first has few steps, the others more, and one no mask.

    """
    try:
        import numpy as np

        ramp = np.linspace(0, 255, 64, dtype=np.uint8)
        if number == 0:
            picture = np.stack([np.tile(ramp, (64, 1))] * 3, axis=-1)
            headrace.log_image(picture, "images/ramp.png")
        down, across = np.mgrid[-1:1:96j, -1:1:96j]
        noise = np.random.default_rng(number).random((96, 96, 3))
        for step in (0, 10, 20) if number == 0 else range(0, 30, 5):
            share = (step + 2) / 32
            blob = np.exp(-((down - 0.2 * number) ** 2 + across**2) * 4)
            drawn = np.stack([blob, np.roll(blob, 12, 1), 1 - blob], axis=-1)
            headrace.log_image(
                share * drawn + (1 - share) * noise * 0.8, key="val/sample", step=step
            )
            if number < 2:
                headrace.log_image(blob * share > noise[..., 0] / 3, key="val/mask", step=step)
    except headrace.exceptions.HeadraceException:  # without Pillow there is no picture to look at
        pass


def _log_inputs_and_outputs(run_id: str, experiment_id: str) -> None:
    """Log the data that a run used, and a model that it made."""
    client = MlflowClient()
    schema = {"mlflow_colspec": [{"name": "pixels", "type": "binary", "required": True}]}
    data = Dataset(
        name="pets",
        digest="5d41402a",
        source_type="local",
        source=json.dumps({"uri": "pets.parquet"}),
        schema=json.dumps(schema),
        profile=json.dumps({"num_rows": 12_000}),
    )
    client.log_inputs(run_id, [DatasetInput(data, [InputTag("mlflow.data.context", "training")])])
    model = client.create_logged_model(experiment_id, "pets-net", run_id, model_type="classifier")
    client.log_outputs(run_id, [LoggedModelOutput(model.model_id, 119)])
    client.finalize_logged_model(model.model_id, "READY")


def _log_sweep(sample: Sample) -> None:
    """Log a tree of three levels, and metrics without steps."""
    sample.experiments[SWEEP] = headrace.set_experiment(SWEEP).experiment_id
    chance = random.Random(11)
    with headrace.start_run(run_name="sweep") as top:
        sample.runs["sweep"] = top.info.run_id
        for fold in range(3):
            with headrace.start_run(run_name=f"fold-{fold}", nested=True) as middle:
                sample.runs[f"fold-{fold}"] = middle.info.run_id
                headrace.log_param("fold", fold)
                for trial in range(4):
                    with headrace.start_run(run_name=f"trial-{fold}-{trial}", nested=True) as leaf:
                        sample.runs[f"trial-{fold}-{trial}"] = leaf.info.run_id
                        headrace.log_params(
                            {"depth": chance.randint(2, 9), "rate": round(chance.random(), 3)}
                        )
                        headrace.log_metric("auc", chance.uniform(0.6, 0.95))


def _log_text(sample: Sample) -> None:
    sample.experiments[TEXT] = headrace.set_experiment(TEXT).experiment_id
    with headrace.start_run(run_name="bert") as run:
        sample.runs["bert"] = run.info.run_id
        headrace.log_metric("f1", 0.91)


def _register(sample: Sample) -> None:
    """Register two versions of a model with files of a run, of which the second is the champion."""
    client = MlflowClient()
    client.create_registered_model(MODEL, description="Tells cats from dogs.")
    for name in ("resnet18-adam-0.001", "resnet50-sgd-0.01"):
        run_id = sample.runs[name]
        with TemporaryDirectory() as folder:
            file = Path(folder, "MLmodel")
            file.write_text(
                "artifact_path: model\nflavors:\n  python_function:\n    loader_module: none\n"
            )
            Path(folder, "weights.json").write_text(json.dumps({"name": name}))
            client.log_artifacts(run_id, folder, "model")
        source = f"{client.get_run(run_id).info.artifact_uri}/model"
        client.create_model_version(MODEL, source, run_id, description=f"From {name}.")
    client.set_registered_model_alias(MODEL, "champion", "2")
    client.transition_model_version_stage(MODEL, "1", "Staging")
    client.set_model_version_tag(MODEL, "2", "validated", "yes")
    client.copy_model_version(f"models:/{MODEL}/2", COPY)


if __name__ == "__main__":
    main()
