"""Files of the sample data that are made by hand: a PDF, a sound, a notebook."""

from __future__ import annotations

import base64
import io
import json
import math
import struct
import wave
import zlib
from typing import Any


def make_pdf(pages: list[str], extra: str = "", *, padding: int = 0) -> bytes:
    """Return a PDF with a line of text on each page.

    Args:
        pages: The lines.
        extra: Entries of its catalog.
        padding: Bytes of an object that nothing refers to, between the first page and the others.

    """
    objects: dict[int, bytes] = {3: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"}
    kids = [4 + 2 * number for number in range(len(pages))]
    for number, text in zip(kids, pages, strict=True):
        drawing = f"0.06 0.46 0.43 rg 72 690 300 4 re f 0 g BT /F1 24 Tf 72 720 Td ({text}) Tj ET"
        objects[number] = (
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents {number + 1} 0 R"
            "/Resources<</Font<</F1 3 0 R>>>>>>"
        ).encode()
        objects[number + 1] = b"<</Length %d>>stream\n%b\nendstream" % (
            len(drawing),
            drawing.encode(),
        )
        if number == kids[0] and padding:
            objects[4 + 2 * len(pages)] = b"<</Length %d>>stream\n%b\nendstream" % (
                padding,
                b"\0" * padding,
            )
    named = " ".join(f"{number} 0 R" for number in kids)
    objects[2] = f"<</Type/Pages/Count {len(pages)}/Kids[{named}]>>".encode()
    objects[1] = f"<</Type/Catalog/Pages 2 0 R{extra}>>".encode()
    content = io.BytesIO()
    content.write(b"%PDF-1.7\n")
    places = {}
    for number, body in objects.items():
        places[number] = content.tell()
        content.write(b"%d 0 obj\n%b\nendobj\n" % (number, body))
    table = content.tell()
    content.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    for number in sorted(places):
        content.write(b"%010d 00000 n \n" % places[number])
    content.write(b"trailer<</Size %d/Root 1 0 R>>\n" % (len(objects) + 1))
    content.write(b"startxref\n%d\n%%%%EOF" % table)
    return content.getvalue()


def make_wav(seconds: float = 1.0, rate: int = 8000) -> bytes:
    """Return a tone of 440 Hz."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        count = int(seconds * rate)
        tone = (int(8000 * math.sin(math.tau * 440 * i / rate)) for i in range(count))
        sound.writeframes(b"".join(struct.pack("<h", value) for value in tone))
    return file.getvalue()


def make_png(side: int = 32) -> bytes:
    """Return a picture of a ramp, as base64."""
    rows = b"".join(b"\0" + bytes(255 * x // side for x in range(side)) for _ in range(side))

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + parts)


def make_notebook(*outputs: dict[str, Any]) -> str:
    """Return a notebook: a text, a cell with some outputs, and a cell with those that are given."""
    table = "<table><tr><th></th><th>loss</th></tr><tr><th>0</th><td>0.25</td></tr></table>"
    cells = [
        {
            "cell_type": "markdown",
            "metadata": {},
            "source": ["# Look at the *data*\n", "\n", "All."],
        },
        {
            "cell_type": "code",
            "metadata": {},
            "execution_count": 1,
            "source": "import math\n\nfor epoch in range(3):\n    print(math.exp(-epoch))",
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": ["1.0\n", "0.3678794\n"]},
                {
                    "output_type": "stream",
                    "name": "stderr",
                    "text": "10%\r100%|\x1b[32m##\x1b[0m|\n",
                },
                {
                    "output_type": "execute_result",
                    "execution_count": 1,
                    "metadata": {},
                    "data": {"text/html": table, "text/plain": "  loss"},
                },
                {
                    "output_type": "display_data",
                    "metadata": {},
                    "data": {"image/png": make_png().decode(), "text/plain": "<Figure>"},
                },
            ],
        },
        {
            "cell_type": "code",
            "metadata": {},
            "execution_count": 2,
            "source": "1 / 0",
            "outputs": list(outputs)
            or [
                {
                    "output_type": "error",
                    "ename": "ZeroDivisionError",
                    "evalue": "division by zero",
                    "traceback": ["\x1b[0;31mZeroDivisionError\x1b[0m: division by zero"],
                }
            ],
        },
    ]
    language = {"language_info": {"name": "python"}}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": language, "cells": cells})
