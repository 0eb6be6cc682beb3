"""docs/operations.md speaks of what there is: each gauge, each state, and the module that a unit file starts."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.factories import make_shop

PAPER = (Path(__file__).parents[1] / "docs/operations.md").read_text(encoding="utf-8")


def test_every_gauge_is_explained(small_world):
    make_shop(small_world.wafa.database)
    here = {"REMOTE_ADDR": "127.0.0.1"}
    text = small_world.client.get("/metrics", base_url="http://localhost", environ_overrides=here).text
    shown = {line.rpartition(" ")[0] for line in text.splitlines() if not line.startswith("#")}
    shown = {re.sub(r'version=".*"', 'version="..."', name) for name in shown}
    assert set(re.findall(r"^\| `(wafa_[^`]+)` \|", PAPER, re.MULTILINE)) == shown
    assert "unsigned senders who name a shop of ours count too" in text


def test_the_unit_file_starts_what_make_serve_starts():
    make = (Path(__file__).parents[1] / "Makefile").read_text(encoding="utf-8")
    (module,) = re.findall(r"^ExecStart=.*python -m (\S+)$", PAPER, re.MULTILINE)
    assert f"exec $(BIN)/python -m {module}\n" in make
    assert importlib.util.find_spec(module) is not None


def test_a_missing_setting_is_all_that_a_command_speaks_of(tmp_path):
    root = Path(__file__).parents[1]
    command = [sys.executable, "-m", "flask", "--app", "shopify_app.app", "prove"]
    settings = {"PATH": os.environ["PATH"], "PYTHONPATH": str(root)}
    said = subprocess.run(command, env=settings, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    expected = "SHOPIFY_API_KEY is not set. The README lists every setting.\n"
    assert (said.returncode, said.stdout, said.stderr) == (1, "", expected)
