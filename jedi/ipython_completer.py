"""IPython completes names with a library that is called `jedi`, too; started in this folder it finds this package.

Once this package is imported in such a session, IPython is told to complete without that library, which it can.
"""

from __future__ import annotations

import sys


def complete_without_the_other_jedi() -> None:
    """In an IPython session whose completer believes this package to be the library: turn its use off."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None and hasattr(ipython, "get_ipython") else None
    completer = getattr(shell, "Completer", None)
    if completer is not None and getattr(completer, "use_jedi", False):
        completer.use_jedi = False
