"""The packages that fit the same models, each asked in an interpreter of its own."""

import json
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from shopify_app.retention.fit.histories import Histories

ROOT = Path(__file__).parents[1]
SETTING = "ORACLES_PYTHON"
_OWN = ROOT / "var" / "oracles"
_SCRIPT = Path(__file__).parent / "peers" / "fitted_by_others.py"
_SECONDS = 1200


def interpreter() -> Path:
    """Where they are installed: what ORACLES_PYTHON names, or an environment in var/oracles."""
    return Path(os.environ.get(SETTING) or _OWN / "bin" / "python")


@cache
def missing() -> str:
    """What stands in the way of asking them; empty when nothing does."""
    python = interpreter()
    words = [str(python), "-W", "ignore", "-c", "import lifetimes, clvkit"]
    if python.exists() and not subprocess.run(words, capture_output=True, check=False).returncode:
        return ""
    return (
        f"lifetimes and clvkit are not importable in {python}: python -m benchmarks.oracles installs them, "
        f"or {SETTING} names an interpreter that has requirements-oracles.txt"
    )


def install() -> None:
    """Bring them into var/oracles, as requirements-oracles.txt names them."""
    subprocess.run([sys.executable, "-m", "venv", _OWN], check=True)
    command = [_OWN / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*command, "-r", ROOT / "requirements-oracles.txt"], check=True)
    missing.cache_clear()


def ask(rival: str, histories: Histories, days: int = 365) -> dict[str, Any]:
    """What `lifetimes` or `clvkit` says of a shop: parameters, forecasts, and the seconds of its fit and forecast."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "shop.npz"
        np.savez(path, x=histories.repeats, t_x=histories.last, age=histories.age, spend=histories.spend)
        command = [str(interpreter()), "-W", "ignore", str(_SCRIPT), rival, str(path), str(days)]
        told = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=True).stdout
        answer: dict[str, Any] = json.loads(told)
        with np.load(path.with_name("told.npz")) as arrays:
            answer |= {name: arrays[name] for name in arrays}
    return answer


if __name__ == "__main__":
    install()
    sys.exit(missing())
