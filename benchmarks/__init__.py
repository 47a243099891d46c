"""Headrace measured against MLflow and FastTrackML, side by side: ``python -m benchmarks``."""
