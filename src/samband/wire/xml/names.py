"""Names that were read must not stay for ever.

libxml2 keeps every element name, attribute name and namespace it has met in a dictionary; lxml shares one among all
documents of a thread and never empties it. A stranger who sends fresh names in every request would fill the memory.
"""

from __future__ import annotations

import ctypes

_CONTEXT = "_ParserDictionaryContext"
"""Under this name lxml keeps its dictionary in the state of a thread; where there is none, it makes a new one."""

_thread_state = ctypes.pythonapi.PyThreadState_GetDict
_thread_state.argtypes = ()
_thread_state.restype = ctypes.c_void_p
# Not ``py_object``: the function lends its dictionary, and ctypes would give back a reference that it was not given.


def forget_names() -> None:
    """Let this thread's dictionary go, with the last document and parser that hold on to it."""
    address = _thread_state()
    if address:
        ctypes.cast(address, ctypes.py_object).value.pop(_CONTEXT, None)
