"""A made-up patient: ellipses of noisy tissue, one slice after the other from the shoulders down.

A row of an ellipse is a piece of a strip of noise that is made once, and what lies still is drawn once for all phases,
so a slice costs a millisecond and not a second. Only products and square roots are used: the same picture on every
machine.
"""

import functools
import hashlib
import math
import struct

# Stored values of a CT with a rescale intercept of -1024: Hounsfield units, their noise, and grey in a soft-tissue window.
TISSUES = {
    "air": (24, 24, 0),
    "lung": (180, 40, 20),
    "fat": (924, 24, 75),
    "organ": (1064, 24, 140),
    "vessel": (1244, 24, 215),
    "lesion": (1124, 24, 180),
    "bone": (1824, 60, 250),
}


class Patient:
    """Draws slices of size x size pixels, of one or two bytes (little endian) each."""

    def __init__(self, seed, size, depth):
        self.size, self.depth = size, depth
        self.strips = {name: _strip(f"{seed} {name}", values, 4 * size, depth) for name, values in TISSUES.items()}

    def slice(self, position, phase=0.0):
        """The slice at a position from 0 to below 1, in a phase of the heart from 0 to below 1."""
        image = bytearray(self._still(position))
        self._draw(image, phase, *_vessel(position, phase))
        return image

    @functools.cache
    def _still(self, position):
        image = bytearray(self.size * self.size * self.depth)
        for shape in (("air", 0.5, 0.5, 2.0, 2.0), *_shapes(position)):
            self._draw(image, position, *shape)
        return image

    def _draw(self, image, noise, tissue, x, y, width, height):
        """An ellipse by its middle and half axes, in parts of the picture's size."""
        size, depth, strip = self.size, self.depth, self.strips[tissue]
        x, y, width, height = x * size, y * size, width * size, height * size
        if width <= 0 or height <= 0:
            return
        shift = int(noise * 1009)
        for row in range(max(0, math.ceil(y - height)), min(size - 1, math.floor(y + height)) + 1):
            off = (row - y) / height
            half = width * math.sqrt(max(0.0, 1.0 - off * off))
            left, right = max(0, math.ceil(x - half)), min(size, math.floor(x + half) + 1)
            if right > left:
                start = (row * 389 + shift * 97) % (3 * size)
                at = row * size
                image[(at + left) * depth:(at + right) * depth] = strip[start * depth:(start + right - left) * depth]


def _shapes(position):
    """From the back to the front: what is drawn later covers what was drawn before."""
    chest = 4 * position * (1 - position)  # 0 at both ends, 1 in the middle
    return (
        ("fat", 0.5, 0.5, 0.34 + 0.10 * chest, 0.25 + 0.07 * chest),
        ("organ", 0.5, 0.5, 0.32 + 0.10 * chest, 0.23 + 0.07 * chest),
        ("lung", 0.32, 0.47, 0.14 * chest, 0.20 * chest),
        ("lung", 0.68, 0.47, 0.14 * chest, 0.20 * chest),
        ("lesion", 0.28 + 0.08 * position, 0.42 + 0.1 * position, 0.03 * chest, 0.03 * chest),
        ("bone", 0.5, 0.66, 0.055, 0.045),
        ("organ", 0.5, 0.665, 0.018, 0.018),
        ("bone", 0.5, 0.9, 0.36, 0.012),  # the couch
    )


def _vessel(position, phase):
    """Of the width of the heart in the middle of the chest; fills and empties."""
    width = 0.05 + 0.16 * position * (1 - position) + 0.04 * phase * (1 - phase)
    return "vessel", 0.52 + 0.05 * position, 0.46, width, width + 0.01


def _strip(seed, values, length, depth):
    value, noise, grey = values
    bytes_of_noise = hashlib.shake_128(seed.encode()).digest(2 * length)
    if depth == 1:
        return bytes(max(0, min(255, grey + (one >> 6) - 2)) for one in bytes_of_noise[:length])
    pairs = zip(bytes_of_noise[:length], bytes_of_noise[length:])  # two dice: the middle is likelier than the ends
    return struct.pack(f"<{length}H", *(max(0, value + (one + other - 255) * noise // 128) for one, other in pairs))
