"""Locust in an environment of its own, and a run of it: so many people, for so long, and what they met."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LOCKED = ROOT / "requirements-load.txt"
A_SECOND = 10
"""So many people come in a second."""


def install(folder: Path) -> Path:
    """Install the locked packages into the folder and return locust's program. Raises CalledProcessError."""
    python = folder / "bin" / "python"
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "venv", "--quiet", "--python", sys.executable, str(folder)], check=True)
    subprocess.run([*uv, "pip", "install", "--quiet", "--require-hashes", "--python", str(python), "-r", str(LOCKED)], check=True)
    return folder / "bin" / "locust"


@dataclass(frozen=True)
class Met:
    """What people met: of all requests, and of each kind of page. Times in milliseconds."""

    people: int
    requests: int
    failures: int
    per_second: float
    median: float
    p95: float
    p99: float
    pages: dict[str, tuple[int, float, float]]
    """Of each kind: how many requests, their median and their 95th percentile."""


def let_in(locust: Path, host: str, people: Path, count: int, seconds: int, folder: Path) -> Met:
    """Let so many people in and do what they do for so long after the last came in; return what they met."""
    began = folder / f"met-{count}"
    command = [
        *(str(locust), "--headless", "--only-summary", "--reset-stats", "--locustfile"),
        *(str(Path(__file__).with_name("locustfile.py")), "--host", host, "--csv", str(began), "--exit-code-on-error", "0"),
        *("--users", str(count), "--spawn-rate", str(A_SECOND), "--run-time", f"{count // A_SECOND + seconds}s"),
    ]
    with (folder / f"locust-{count}.log").open("w") as log:
        subprocess.run(command, check=True, stdout=log, stderr=log, env={**os.environ, "LOAD_PEOPLE": str(people)})
    with Path(f"{began}_stats.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    whole = next(row for row in rows if row["Name"] == "Aggregated")
    pages = {
        row["Name"]: (int(row["Request Count"]), _number(row["50%"]), _number(row["95%"])) for row in rows if row is not whole
    }
    return Met(
        people=count,
        requests=int(whole["Request Count"]),
        failures=int(whole["Failure Count"]),
        per_second=float(whole["Requests/s"]),
        median=_number(whole["50%"]),
        p95=_number(whole["95%"]),
        p99=_number(whole["99%"]),
        pages=pages,
    )


def _number(text: str) -> float:
    return float(text) if text not in {"", "N/A"} else float("nan")
