"""How this process uses memory: loading it at once, and working in little of it."""

from __future__ import annotations

import ctypes
import gc

# Collections of each generation for one of the next, and objects made for one of the first.
_WHILE_LOADING = (100_000, 50, 50)
_AT_WORK = (5_000, 10, 10)
# `M_ARENA_MAX` of glibc's malloc.h: how many heaps there are at most.
_HEAPS = -8


def loading() -> None:
    """To be called first. Looks for garbage hardly ever, until `loaded`.

    Of the hundred thousand objects that loading makes hardly any is garbage; looking for it
    again and again would take an eighth of the start.
    """
    gc.set_threshold(*_WHILE_LOADING)


def loaded() -> None:
    """To be called when everything is put together, before there are other threads.

    What is there by now stays for good, so garbage is never looked for among it again. And one
    heap for all threads: each with its own would keep what a batch once took, of which there is
    never more than a few at work. Where the C library has no such switch nothing is changed.
    """
    gc.freeze()
    gc.set_threshold(*_AT_WORK)
    switch = getattr(ctypes.CDLL(None), "mallopt", None)
    if switch is not None:
        switch(_HEAPS, 1)
