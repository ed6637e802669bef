#!/usr/bin/env python
"""Django's command line, for this project."""

import os
import sys

WRITES_SOURCES = {"makemigrations", "messages", "squashmigrations"}
"""Commands whose files are a developer's; those of all others are the installation's, and its own account's alone."""


def main() -> None:
    """Run the command line of Django with the product's settings.

    Where the database lacks tables that the command asks for, that is said, not shown as a traceback (`--traceback` shows it).
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line
    from django.db import DatabaseError

    from config.private_files import narrow_umask

    if not WRITES_SOURCES.intersection(sys.argv[1:2]):
        narrow_umask()
    try:
        execute_from_command_line(sys.argv)
    except DatabaseError as error:
        from config import unprepared

        said = None if "--traceback" in sys.argv else unprepared.explain(error)
        if said is None:
            raise
        sys.stderr.write(f"{said}\n")
        sys.exit(unprepared.EXIT_CODE)


if __name__ == "__main__":
    main()
