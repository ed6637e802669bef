"""The tables of a backup, made anew: by the migrations that its database had, whatever has been added since."""

from __future__ import annotations

from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _

from config.backup.archive import About
from config.backup.errors import BackupError

Node = tuple[str, str]


def require_known(about: About) -> None:
    """Raise BackupError when the backup's database had migrations that this version does not know."""
    loader = MigrationLoader(None)
    known = {app.label for app in apps.get_app_configs()}
    unknown = [
        f"{app}.{name}"
        for app, name in sorted(_without_earlier_squashes(loader, about))
        if app not in known or (app, name) not in loader.disk_migrations
    ]
    if unknown:
        said = {"version": about.version, "unknown": ", ".join(unknown[:5])}
        raise BackupError(
            _("The backup is of Riskreg %(version)s, which this one does not know (%(unknown)s): restore it with that version.")
            % said
        )


def make_tables(about: About) -> None:
    """Migrate the empty database that the product is aimed at to the state of the backup's.

    No signals are sent: triggers and content types come after the rows.
    """
    executor = MigrationExecutor(connection)
    reached = _reached(executor.loader, about)
    had = {node for node in _without_earlier_squashes(executor.loader, about) if node[0] in executor.loader.migrated_apps}
    if had - _with_replaced(executor.loader, reached):
        # Within a chain that was squashed since: migration by migration.
        executor.loader.replace_migrations = False  # type: ignore[attr-defined]
        executor.loader.build_graph()
        reached = set(about.migrations) & set(executor.loader.graph.nodes)
    executor.recorder.ensure_schema()
    executor.migrate(_leaves(executor.loader, reached))


def _without_earlier_squashes(loader: MigrationLoader, about: About) -> set[Node]:
    """Return the backup's migrations but for squashed ones that a longer one replaced since: their chains say as much."""
    applied = set(about.migrations)
    known = applied & set(loader.disk_migrations)
    return {(app, name) for app, name in applied if (app, name) in known or (app, name.partition("_squashed_")[2]) not in known}


def _reached(loader: MigrationLoader, about: About) -> set[Node]:
    """Return the migrations of the graph that the backup's database had, a squashed one by those that it replaces."""
    applied = set(about.migrations)
    return {
        node
        for node in loader.graph.nodes
        if node in applied or (node in loader.replacements and set(loader.replacements[node].replaces) <= applied)
    }


def _with_replaced(loader: MigrationLoader, nodes: set[Node]) -> set[Node]:
    return nodes | {one for node in nodes if node in loader.replacements for one in loader.replacements[node].replaces}


def _leaves(loader: MigrationLoader, nodes: set[Node]) -> list[Node]:
    """Return the last of the migrations of each app."""

    def is_last(node: Node) -> bool:
        return not any(child.key in nodes and child.key[0] == node[0] for child in loader.graph.node_map[node].children)

    return sorted(filter(is_last, nodes))
