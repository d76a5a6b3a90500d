"""make_declarations.py HEADERS LIBRARY TO COMPILER...: what the C headers declare, as a Python module for cffi.

The headers are the only place where the declarations stand: the C preprocessor takes out what cffi need not know, and
cffi writes a module that needs neither a compiler nor a parser when it is imported.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import cffi

# Of C itself: cffi knows their types.
STANDARD_HEADERS = ("stdbool.h", "stddef.h", "stdint.h")


def declarations(headers: Path, compiler: list[str]) -> str:
    with tempfile.TemporaryDirectory() as nothing:
        for name in STANDARD_HEADERS:
            (Path(nothing) / name).touch()
        done = subprocess.run(
            [*compiler, *"-E -P -x c -nostdinc -D__attribute__(x)= -I".split(), nothing, "-I", str(headers), "-"],
            input="#include <logbuf/logbuf.h>\n",
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    return done.stdout


def main() -> None:
    headers, library, to, *compiler = sys.argv[1:]
    ffi = cffi.FFI()
    ffi.cdef(declarations(Path(headers), compiler))
    ffi.set_source("logbuf._declarations", None)
    ffi.emit_python_code(to)
    with open(to, "a", encoding="utf-8") as module:
        module.write(f"library = {library!r}\n")


main()
