"""Images: from arrays and files to Pillow."""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING, Any

from headrace.optional import need

if TYPE_CHECKING:
    import numpy
    import PIL.Image

THUMBNAIL_SIZE = 256

_PIXEL_KINDS = {"b": "bool", "i": "signed integer", "u": "unsigned integer", "f": "floating"}


class Image:
    """An image of any origin, as `log_image` and `log_table` take it.

    Attributes:
        image: The same as a Pillow image.
        size: Width and height in pixels.

    """

    def __init__(self, image: numpy.ndarray | PIL.Image.Image | str | list[Any]) -> None:
        """Take a Pillow image, an array or nested list of pixels, or the path of a file.

        Raises:
            TypeError: If it is none of these.
            MissingLibrary: If Pillow or numpy is not installed.

        """
        pillow = need("PIL.Image", "headrace.Image")
        if isinstance(image, str):
            self.image: PIL.Image.Image = pillow.open(image)
        elif isinstance(image, pillow.Image):
            self.image = image
        else:
            numpy = need("numpy", "headrace.Image")
            if not isinstance(image, (list, numpy.ndarray)):
                raise TypeError(
                    f"Unsupported image object type: {type(image)}. `image` must be one of "
                    "numpy.ndarray, PIL.Image.Image, or a filepath to an image."
                )
            self.image = from_array(numpy.array(image))
        self.size = self.image.size

    def to_list(self) -> list[Any]:
        """Return the pixels, row by row, as one list."""
        pixels = need("numpy", "headrace.Image.to_list").asarray(self.image)
        flat = pixels.reshape(-1, pixels.shape[2]) if pixels.ndim == 3 else pixels.reshape(-1)
        return [tuple(pixel) if pixels.ndim == 3 else pixel for pixel in flat.tolist()]

    def to_array(self) -> numpy.ndarray:
        """Return the pixels as an array of height, width and, if coloured, channels."""
        array: numpy.ndarray = need("numpy", "headrace.Image.to_array").array(self.image)
        return array

    def to_pil(self) -> PIL.Image.Image:
        """Return the Pillow image."""
        return self.image

    def save(self, path: str) -> None:
        """Write the image to a file, in the format that its extension names."""
        self.image.save(path)

    def resize(self, size: tuple[int, int]) -> Image:
        """Return a copy of the given width and height."""
        return Image(self.image.resize(size))


def to_pillow(image: object) -> PIL.Image.Image:
    """Return what `log_image` was given as a Pillow image.

    Raises:
        TypeError: If it is no `Image`, Pillow image or numpy array.

    """
    if isinstance(image, Image):
        return image.to_pil()
    # An array can only be one if its library is loaded; to load it for a test would be waste.
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(image, numpy.ndarray):
        return from_array(image)
    pillow: Any = need("PIL.Image", "log_image")
    if isinstance(image, pillow.Image):
        picture: PIL.Image.Image = image
        return picture
    raise TypeError(
        f"Unsupported image object type: {type(image)}. `image` must be one of numpy.ndarray, "
        "PIL.Image.Image, and headrace.Image."
    )


def from_array(array: numpy.ndarray) -> PIL.Image.Image:
    """Return an array of pixels as a Pillow image.

    Args:
        array: Height x width, or height x width x 1, 3 or 4 channels; bool, integers from 0 to
            255, or floats from 0 to 1. Floats outside are stretched into it, with a warning.

    Raises:
        TypeError: If the array is of another type.
        ValueError: If it is of another shape, or its integers are out of range.

    """
    if array.dtype.kind not in _PIXEL_KINDS:
        raise TypeError(
            f"Invalid array data type: '{array.dtype}'. "
            f"Must be one of {list(_PIXEL_KINDS.values())}"
        )
    if array.ndim not in (2, 3) or array.size == 0:
        raise ValueError(f"`image` must be a 2D or 3D array but got image shape: {array.shape}")
    if array.ndim == 3 and array.shape[2] not in (1, 3, 4):
        raise ValueError(f"Invalid channel length: {array.shape[2]}. Must be one of [1, 3, 4]")
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]  # Pillow takes grey images only without a channel axis
    image: PIL.Image.Image = need("PIL.Image", "log_image").fromarray(_to_bytes(array))
    return image


def thumbnail(image: PIL.Image.Image) -> PIL.Image.Image:
    """Return a copy whose longer side is `THUMBNAIL_SIZE` pixels."""
    width, height = image.size
    scale = THUMBNAIL_SIZE / max(width, height)
    if width > height:
        return image.resize((THUMBNAIL_SIZE, max(1, int(height * scale))))
    return image.resize((max(1, int(width * scale)), THUMBNAIL_SIZE))


def _to_bytes(array: numpy.ndarray) -> numpy.ndarray:
    """Return an array of pixels as unsigned bytes."""
    is_integer = array.dtype.kind in "iu"
    low, high = array.min(), array.max()
    if low < 0 or high > (255 if is_integer else 1):
        if is_integer:
            raise ValueError(
                "Integer pixel values out of acceptable range [0, 255]. "
                f"Found minimum value {low} and maximum value {high}. "
                "Ensure all pixel values are within the specified range."
            )
        warnings.warn(
            "Float pixel values out of acceptable range [0.0, 1.0]. "
            f"Found minimum value {low} and maximum value {high}. "
            "Rescaling values to [0.0, 1.0] with min/max scaler.",
            stacklevel=2,
        )
        array = (array - low) / (high - low)
    return (array if is_integer else array * 255).astype("uint8")
