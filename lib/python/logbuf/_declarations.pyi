# Of the module that is made from the C headers when logbuf is built.
from typing import Any

ffi: Any
library: str
