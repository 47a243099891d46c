"""Train a few classifiers on handwritten digits, track each as a run, and register the best one.

    python examples/quickstart.py

Nothing has to be set up: all of it goes into the folder `.headrace` of the working directory. With
`MLFLOW_TRACKING_URI=http://...` the same script tracks to a server, of Headrace or of MLflow.
"""

from __future__ import annotations

import os
import pickle
import sys
from io import BytesIO
from os.path import relpath
from shutil import which

import numpy as np
from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table
from sklearn.base import ClassifierMixin
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import accuracy_score, classification_report, log_loss
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import BernoulliNB
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

import headrace
from headrace.entities import Run

EPOCHS = 15
CLASSES = np.arange(10)
MODELS: dict[str, tuple[ClassifierMixin, list[str]]] = {  # each with the params worth recording
    "naive bayes": (BernoulliNB(alpha=0.1), ["alpha"]),
    "linear": (SGDClassifier(loss="log_loss", alpha=1e-3, random_state=0), ["loss", "alpha"]),
    "forest": (
        RandomForestClassifier(n_estimators=0, max_depth=8, warm_start=True, random_state=0),
        ["max_depth", "criterion"],
    ),
    "small network": (
        MLPClassifier((32,), learning_rate_init=0.003, random_state=0),
        ["hidden_layer_sizes", "learning_rate_init"],
    ),
    "large network": (
        MLPClassifier((256, 64), learning_rate_init=0.001, random_state=0),
        ["hidden_layer_sizes", "learning_rate_init"],
    ),
}


def train(name: str, data: list[np.ndarray]) -> None:
    """Train one model as one run."""
    x_train, x_valid, y_train, y_valid = data
    model, params = MODELS[name]
    with headrace.start_run(run_name=name, tags={"family": type(model).__name__}):
        headrace.log_params({param: model.get_params()[param] for param in params})
        headrace.log_input(
            headrace.data.from_numpy(x_train, targets=y_train, name="digits"), context="training"
        )
        losses = []
        for epoch in range(EPOCHS):
            fit_one_epoch(model, x_train, y_train)
            losses.append(log_loss(y_valid, model.predict_proba(x_valid), labels=CLASSES))
            accuracy = accuracy_score(y_valid, model.predict(x_valid))
            headrace.log_metrics({"valid_loss": losses[-1], "valid_accuracy": accuracy}, step=epoch)
        headrace.log_figure(draw(name, losses), "loss.png")
        report = classification_report(y_valid, model.predict(x_valid), zero_division=0)
        headrace.log_text(report, "report.txt")
        headrace.log_stream(BytesIO(pickle.dumps(model)), "model/classifier.pkl")


def fit_one_epoch(model: ClassifierMixin, x: np.ndarray, y: np.ndarray) -> None:
    """Go once over the data; a forest grows by five trees instead."""
    if isinstance(model, RandomForestClassifier):
        model.set_params(n_estimators=model.n_estimators + 5).fit(x, y)
    else:
        model.partial_fit(x, y, classes=CLASSES)


def draw(name: str, losses: list[float]) -> Figure:
    """Draw how the loss fell."""
    figure = Figure(figsize=(5, 3), layout="constrained")
    axes = figure.add_subplot(xlabel="epoch", ylabel="loss on the validation set", title=name)
    axes.plot(losses)
    return figure


def show_runs(experiment_id: str) -> list[Run]:
    """Print the runs of the experiment, the most accurate first, and return them so."""
    runs = headrace.search_runs(
        [experiment_id],
        filter_string="status = 'FINISHED'",
        order_by=["metrics.valid_accuracy DESC"],
        max_results=10,
        output_format="list",
    )
    table = Table("run", "accuracy", "loss", "run id", title="Classifiers of digits")
    for run in runs:
        accuracy, loss = run.data.metrics["valid_accuracy"], run.data.metrics["valid_loss"]
        table.add_row(run.info.run_name, f"{accuracy:.3f}", f"{loss:.3f}", run.info.run_id)
    Console().print(table)
    return runs


def register(run: Run) -> str:
    """Make the model of a run the champion; return where its files are, found by that name."""
    reason = f"accuracy {run.data.metrics['valid_accuracy']:.3f}"
    version = headrace.register_model(f"runs:/{run.info.run_id}/model", "digits", reason=reason)
    client = headrace.MlflowClient()
    client.set_registered_model_alias("digits", "champion", version.version, reason=reason)
    return headrace.artifacts.download_artifacts("models:/digits@champion")


def say_what_next(best: Run, second: Run) -> None:
    """Print the commands to go on with."""
    # `make demo` runs in an environment that is not activated.
    command = "headrace" if which("headrace") else relpath(f"{sys.prefix}/bin/headrace")
    print(f"Look closer:         {command} runs show {best.info.run_id}")
    print(f"See what differs:    {command} runs compare {best.info.run_id} {second.info.run_id}")
    print(f"Follow the model:    {command} models history digits")
    print(f"Share with a team:   {command} server")


if __name__ == "__main__":
    images, digits = load_digits(return_X_y=True)
    scaled = StandardScaler().fit_transform(images)
    data = train_test_split(scaled, digits, test_size=0.3, random_state=0, stratify=digits)
    experiment = headrace.set_experiment("quickstart")
    for name in MODELS:
        train(name, data)
    runs = show_runs(experiment.experiment_id)
    folder = register(runs[0])
    files = ", ".join(sorted(os.listdir(folder)))
    print(f"models:/digits@champion is now the {runs[0].info.run_name}: {files} in {folder}\n")
    say_what_next(*runs[:2])
