"""GPUs as their drivers name them; the driver's library is one that is compiled for the test."""

from __future__ import annotations

from pathlib import Path

import pytest

from headrace.client.gpus import amd, nvidia
from headrace.entities import Gpu
from tests.unit.nvidia_library import install

WITHOUT_DRIVER = "int nvmlInit_v2(void) { return 9; }"
ANOTHER = "int nvmlInit_v2(void) { return 0; } int nvmlShutdown(void) { return 0; }"


def test_gpus_of_nvidia(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch)

    assert nvidia.read_gpus() == (
        [
            Gpu("NVIDIA H100 0", 85_899_345_920, "550.54", "GPU-1"),
            Gpu("NVIDIA H100 1", None, "550.54", "GPU-1"),
        ],
        "12.4",
    )


def test_a_driver_that_does_not_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, WITHOUT_DRIVER)

    assert nvidia.read_gpus() == ([], None)


def test_a_library_that_is_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, ANOTHER)

    assert nvidia.read_gpus() == ([], None)


def test_a_file_that_is_no_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged = tmp_path / "library"
    damaged.write_text("nonsense")
    monkeypatch.setattr(nvidia, "_LIBRARY", str(damaged))
    monkeypatch.setattr(nvidia, "_SIGNS", (str(damaged),))

    assert nvidia.read_gpus() == ([], None)


def test_gpus_of_amd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    amd_card = {"vendor": "0x1002\n", "mem_info_vram_total": "68702699520\n"}
    cards = {
        "card0": {**amd_card, "mem_info_vram_total": "536870912\n"},  # of a processor
        "card1": {**amd_card, "vendor": "0x8086\n"},
        "card2": {**amd_card, "product_name": "AMD Instinct MI250X\n", "unique_id": "abc\n"},
        "card3": {**amd_card, "device": "0x740c\n"},
        "card2-DP-1": {"status": "connected\n"},
    }
    for card, files in cards.items():
        (tmp_path / card / "device").mkdir(parents=True)
        for name, text in files.items():
            (tmp_path / card / "device" / name).write_text(text)

    monkeypatch.setattr(amd, "_CARDS", tmp_path)
    gpus, runtime = amd.read_gpus()

    assert [(gpu.name, gpu.memory, gpu.uuid) for gpu in gpus] == [
        ("AMD Instinct MI250X", 68_702_699_520, "abc"),
        ("AMD GPU 0x740c", 68_702_699_520, None),
    ]
    assert runtime is not None


def test_no_gpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(amd, "_CARDS", tmp_path)

    assert amd.read_gpus() == ([], None)
