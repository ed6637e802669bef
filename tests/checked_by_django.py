"""Ask Django's own checks of the project in one start: `python -m tests.checked_by_django`

System checks, migrations and catalogues; what `manage.py` says of each is printed. Each start of Django takes two seconds.

Exit codes: 0 nothing is wrong, 1 at least one of them found something.
"""

from __future__ import annotations

import os
import sys

import django
from django.core.management import call_command
from django.core.management.base import CommandError

COMMANDS = [
    ["check", "--fail-level", "WARNING"],
    ["makemigrations", "--check", "--dry-run"],
    ["messages", "--check"],
]


def passes(command: list[str]) -> bool:
    """Run the command and return whether it found nothing; what it says is printed."""
    sys.stdout.write(f"manage.py {' '.join(command)}\n")
    sys.stdout.flush()
    try:
        call_command(*command)
    except CommandError as error:
        sys.stderr.write(f"{error}\n")
        return False
    except SystemExit as end:
        return end.code in {None, 0}
    return True


def main(commands: list[list[str]]) -> int:
    """Run all of them, also after one that found something, and return the exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    answers = [passes(command) for command in commands]
    return 0 if all(answers) else 1


if __name__ == "__main__":
    sys.exit(main(COMMANDS))
