"""Runs app.py, for the one case in which Streamlit runs this file itself.

Until the first `st.navigation` of a server's life Streamlit treats every file of `pages/` as a page: the first
visitor's `/NAME` runs `pages/NAME.py`, past `app.py`, and without such a file is told "Page not found".
"""

import runpy
from pathlib import Path

runpy.run_path(str(Path(__file__).resolve().parents[1] / "app.py"), run_name="__main__")
