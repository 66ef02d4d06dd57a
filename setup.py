"""What pyproject.toml cannot say: the part in C knows which source it was built from.

It is optional. Where there is no compiler, or no headers of Python, the package is installed without it.
"""

from pathlib import Path
from zlib import crc32

from setuptools import Extension, setup

FOLDER = Path("src/samband/wire/sip")


def checksum() -> int:
    """As ``samband.wire.sip.native.source_checksum`` counts it."""
    found = 0
    for file in sorted(FOLDER.glob("_native*.[ch]")):
        found = crc32(file.read_bytes(), found)
    return found


setup(
    ext_modules=[
        Extension(
            "samband.wire.sip._native",
            [str(file) for file in sorted(FOLDER.glob("_native*.c"))],
            depends=[str(FOLDER / "_native.h")],
            define_macros=[("SOURCE_CRC", f"{checksum()}u")],
            extra_compile_args=["-O3", "-fvisibility=hidden"],
            optional=True,
        )
    ]
)
