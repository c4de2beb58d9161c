"""Bugs in what stands between syncd and strangers."""

from __future__ import annotations

from tests.mutants.bug import Bug

HOSTILE_BUGS = (
    Bug(
        "a write whose answer cannot be read is taken for one that never was",
        "syncd/ports/sound.py",
        "(WRITES, InDoubt)",
        "(WRITES, TryLater)",
        ("tests/unit/ports/test_sound.py",),
    ),
    Bug(
        "an answer may be of any size",
        "connectors/_kit/http.py",
        "        if late or len(body) > most:\n",
        "        if late:\n",
        ("tests/unit/kit/test_http.py",),
    ),
    Bug(
        "half a sign of a cut emoji reaches the state",
        "connectors/_kit/reading.py",
        "return _storable(given) if _UNSTORABLE.search(body) else given",
        "return given",
        ("tests/unit/kit/test_reading.py",),
    ),
    Bug(
        "what Python calls global is public",
        "connectors/_kit/addresses.py",
        "    return routed and address.is_global and not local\n",
        "    return address.is_global and not address.is_multicast\n",
        ("tests/unit/kit/test_addresses.py",),
    ),
    Bug(
        "a stranger's words are HTML in the CRM",
        "syncd/core/markdown.py",
        "        made.append(escape(line[at : found.start()]))\n",
        "        made.append(line[at : found.start()])\n",
        ("tests/unit/core/test_markdown.py",),
    ),
    Bug(
        "who came in by a token that is no more stays in",
        "syncd/web/access.py",
        "            self._sessions.clear()\n",
        "",
        ("tests/unit/web/test_access.py",),
    ),
    Bug(
        "beyond this machine everybody is let in",
        "syncd/settings/serving.py",
        "beyond = self.listen is not None and not self.listen.is_loopback",
        "beyond = False",
        ("tests/unit/settings/test_serving.py",),
    ),
)
