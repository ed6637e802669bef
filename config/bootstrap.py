"""Make .venv and install the locked requirements: the first half of `make run` and `make test`.

Standard library only, and no syntax newer than Python 3.6: an old interpreter must come far
enough to say that it is too old. Needs neither root, nor ensurepip, nor an installed pip.

    python3 config/bootstrap.py run     what the product needs (requirements.txt)
    python3 config/bootstrap.py test    that and what the checks need (requirements-dev.txt)

Exit codes: 0 ready, 1 could not be made ready (the reason is printed on stderr).
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional, Tuple

ROOT = Path(__file__).resolve().parent.parent
NEEDED = (3, 11)
SEARCHED = ["python3.14", "python3.13", "python3.12", "python3.11"]
REQUIREMENTS = {"run": "requirements.txt", "test": "requirements-dev.txt"}
# What .venv takes for each, as README says (tests/running/test_installed_size.py), and pip's own copies while it unpacks.
INSTALLED_MEGABYTES = {"run": 392, "test": 1004}
FREE_MEGABYTES = {"run": 650, "test": 1300}
FREE_MEGABYTES_WHEN_READY = 50


class BootstrapError(Exception):
    """A failure in words: what went wrong, to what, and what to do next; printed as it stands."""


class Python(NamedTuple):
    path: str
    version: Tuple[int, int]


def asked_version(path: str) -> Optional[Tuple[int, int]]:
    """Return the interpreter's version, or None where the name exists but nothing runs behind it."""
    try:
        answer = subprocess.run(
            [path, "-c", "import sys; print(*sys.version_info[:2])"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            universal_newlines=True,
            timeout=30,
            check=False,
        )
        major, minor = answer.stdout.split()
        return int(major), int(minor)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def suitable_python(current: Python) -> str:
    """Return the interpreter to build with: the one we run on, or the newest found on PATH."""
    if current.version >= NEEDED:
        return current.path
    for name in SEARCHED:
        path = shutil.which(name)
        version = asked_version(path) if path else None
        if path and version and version >= NEEDED:
            return path
    raise BootstrapError(
        "Python {}.{} or newer is needed, found {}.{} at {}; looked for {}..{}.\n"
        "Install a newer Python, or name one: make run PYTHON=/path/to/python3.12".format(
            NEEDED[0], NEEDED[1], current.version[0], current.version[1], current.path, SEARCHED[0], SEARCHED[-1]
        )
    )


def fingerprint(root: Path, purpose: str) -> Dict[str, str]:
    """Return the hash of every lock that an environment for this purpose fulfils.

    requirements-dev.txt holds every pin of requirements.txt, so an environment made for the
    tests is also one for running.
    """
    names = [REQUIREMENTS["run"]] if purpose == "run" else [REQUIREMENTS["run"], REQUIREMENTS["test"]]
    return {name: hashlib.sha256((root / name).read_bytes()).hexdigest() for name in names}


def is_ready(root: Path, purpose: str) -> bool:
    """Return whether .venv runs and was made from the locks as they are now."""
    try:
        stamp = json.loads((root / ".venv" / "stamp.json").read_text())
    except (OSError, ValueError):
        return False
    wanted = fingerprint(root, purpose)
    if any(stamp.get(name) != digest for name, digest in wanted.items()):
        return False
    version = asked_version(str(root / ".venv" / "bin" / "python"))
    return version is not None and version >= NEEDED


def require_space(root: Path, megabytes: int) -> None:
    """Raise BootstrapError unless the disk has so many megabytes free."""
    free = shutil.disk_usage(str(root)).free // (1024 * 1024)
    if free < megabytes:
        raise BootstrapError(
            "Not enough disk space in {}: {} MB free, about {} MB needed.\n"
            "Free some space and run the same command again.".format(root, free, megabytes)
        )


def diagnosis(output: str, root: Path) -> str:
    """Word the failure of pip or venv in one sentence, with its last lines beneath."""
    tail = "\n".join("    " + line for line in output.strip().splitlines()[-8:])
    lowered = output.lower()
    if "no space left on device" in lowered or "errno 28" in lowered or "disk quota exceeded" in lowered:
        reason = "The disk is full: .venv in {} could not be written. Free some space and run this again.".format(root)
    elif "do not match the hashes" in lowered:
        reason = (
            "A downloaded package is not the one that was locked (its hash differs), so it was not installed.\n"
            "If you use a package mirror, check that it serves the packages unchanged."
        )
    elif any(
        sign in lowered
        for sign in (
            "temporary failure in name resolution",
            "failed to establish a new connection",
            "connection refused",
            "network is unreachable",
            "timed out",
            "proxyerror",
            "sslerror",
            "certificate verify failed",
            "name or service not known",
            "failed to resolve",
            "urlopen error",
            "connection to",
        )
    ):
        reason = (
            "The package index could not be reached. Only the first start needs it, to download the locked packages.\n"
            "Check the connection; behind a proxy set HTTPS_PROXY, with a mirror set PIP_INDEX_URL (and PIP_CERT)."
        )
    else:
        reason = "The locked packages could not be installed."
    return reason + "\n" + tail


def run_quietly(command: List[str], root: Path) -> None:
    """Run, keep the output, and show it only as part of the reason when it failed."""
    answer = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, errors="replace", check=False
    )
    if answer.returncode != 0:
        raise BootstrapError(diagnosis(answer.stdout, root))


def succeeds(command: List[str]) -> bool:
    """Return whether the command runs and exits with 0."""
    try:
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0
    except OSError:
        return False


def make_environment(root: Path, python: str) -> List[str]:
    """Create .venv and return the command that is pip for it.

    Debian's Python comes without ensurepip until python3-venv is installed, and that needs
    root. So, in order: ensurepip; the interpreter's own pip told to work on .venv (--python,
    since pip 22.3); virtualenv where it is installed; pip's wheel, fetched and verified.
    """
    target = root / ".venv"
    own = str(target / "bin" / "python")
    if asked_version(own) != asked_version(python) and target.exists():
        shutil.rmtree(str(target))
    if succeeds([own, "-m", "pip", "--version"]):
        return [own, "-m", "pip"]
    if succeeds([python, "-c", "import ensurepip"]) and succeeds([python, "-m", "venv", "--clear", str(target)]):
        return [own, "-m", "pip"]
    if not succeeds([python, "-c", "import venv"]):
        if succeeds([python, "-m", "virtualenv", "--clear", str(target)]):
            return [own, "-m", "pip"]
        raise BootstrapError(
            "{} has neither the module venv nor virtualenv, so no environment can be made with it.\n"
            "Name another Python {}.{} or newer: make run PYTHON=/path/to/python3".format(python, *NEEDED)
        )
    run_quietly([python, "-m", "venv", "--without-pip", "--clear", str(target)], root)
    if succeeds([python, "-m", "pip", "--python", own, "--version"]):
        return [python, "-m", "pip", "--python", own]
    if succeeds([python, "-m", "virtualenv", str(target)]):
        return [own, "-m", "pip"]
    # A script of its own, because it is only read when nothing else gave us a pip.
    run_quietly([own, str(Path(__file__).resolve().parent / "fetch_pip.py"), str(target)], root)
    return [own, "-m", "pip"]


def install(root: Path, purpose: str, pip: List[str]) -> None:
    """Install the locked requirements into .venv and write its stamp."""
    options = ["install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--require-hashes"]
    # Compiling all 7,000 modules takes half a minute; those that are imported are compiled then.
    options.append("--no-compile")
    if "PIP_RETRIES" not in os.environ:
        options += ["--retries", "2"]
    run_quietly(pip + options + ["-r", str(root / REQUIREMENTS[purpose])], root)
    (root / ".venv" / "stamp.json").write_text(json.dumps(fingerprint(root, purpose), indent=2) + "\n")


def bootstrap(root: Path, purpose: str, current: Python) -> None:
    """Leave .venv ready for the purpose, or raise BootstrapError with what to do."""
    if is_ready(root, purpose):
        require_space(root, FREE_MEGABYTES_WHEN_READY)
        return
    python = suitable_python(current)
    require_space(root, FREE_MEGABYTES[purpose])
    sys.stdout.write("Making .venv and installing {} (once; about a minute)...\n".format(REQUIREMENTS[purpose]))
    sys.stdout.flush()
    try:
        install(root, purpose, make_environment(root, python))
    except OSError as error:
        raise BootstrapError(diagnosis("[Errno {}] {}".format(error.errno, error), root)) from error


def main(arguments: List[str]) -> int:
    """Run the bootstrap from the command line and return the exit code."""
    if len(arguments) != 1 or arguments[0] not in REQUIREMENTS:
        sys.stderr.write("usage: bootstrap.py run|test\n")
        return 1
    try:
        bootstrap(ROOT, arguments[0], Python(sys.executable, sys.version_info[:2]))
    except BootstrapError as error:
        sys.stderr.write(str(error) + "\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
