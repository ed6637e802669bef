"""The squashed migrations are the chains they replace, and a database that stopped inside a chain goes on by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

Name = tuple[str, str]


def squashed() -> dict[Name, Migration]:
    """The squashed migrations of our apps, by app and name."""
    disk = MigrationLoader(None, replace_migrations=False).disk_migrations
    return {name: migration for name, migration in disk.items() if migration.replaces and name[0] in {"riskreg", "controls"}}


def described(state: ProjectState) -> dict[Name, Any]:
    """What each model's table is made of, comparable."""
    return {
        key: {
            "name": model.name,
            "fields": [(name, field.deconstruct()[1:]) for name, field in model.fields.items()],
            "bases": model.bases,
            "managers": model.managers,
            "options": {
                name: sorted((one.deconstruct() for one in value), key=repr) if name in {"indexes", "constraints"} else value
                for name, value in model.options.items()
                # A list that was emptied is as one that never was.
                if value != []
            },
        }
        for key, model in state.models.items()
        if key[0] in {"riskreg", "controls"}
    }


def test_the_tables_are_those_of_the_chain() -> None:
    made = squashed()
    at_once = MigrationLoader(None).project_state([*made])
    step_by_step = MigrationLoader(None, replace_migrations=False).project_state([m.replaces[-1] for m in made.values()])
    assert {app for app, _ in made} == {"riskreg", "controls"}
    assert described(at_once) == described(step_by_step)


@pytest.fixture
def plan_after(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[Name]], list[Name]]:
    """What would be run on a database where these have run."""

    def plan(applied: list[Name]) -> list[Name]:
        monkeypatch.setattr(MigrationRecorder, "applied_migrations", lambda self: dict.fromkeys(applied))
        executor = MigrationExecutor(connection)
        executor.loader.check_consistent_history(connection)
        return [(one.app_label, one.name) for one, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]

    return plan


@pytest.mark.django_db
def test_an_empty_database_is_made_by_the_squashed_alone(plan_after: Callable[[list[Name]], list[Name]]) -> None:
    made = squashed()
    replaced = {one for migration in made.values() for one in migration.replaces}
    plan = plan_after([])
    assert set(made) <= set(plan)
    assert not replaced & set(plan)


@pytest.mark.django_db
def test_a_database_that_stopped_anywhere_inside_goes_on_where_it_stopped(
    plan_after: Callable[[list[Name]], list[Name]],
) -> None:
    made = squashed()
    loader = MigrationLoader(None, replace_migrations=False)
    chains = {app: migration.replaces for (app, _), migration in made.items()}
    others = [name for name in plan_after([]) if name[0] not in chains]
    tried = 0
    for far in range(len(chains["riskreg"]) + 1):
        for further in range(len(chains["controls"]) + 1):
            begun = {"riskreg": chains["riskreg"][:far], "controls": chains["controls"][:further]}
            applied = [*begun["riskreg"], *begun["controls"]]
            if not all(set(loader.graph.node_map[name].parents) <= {*applied, *others} for name in applied):
                continue
            tried += 1
            plan = plan_after([*applied, *others] if applied else [])
            for app, chain in chains.items():
                by_itself = [name for name in plan if name in chain or (name in made and name[0] == app)]
                assert by_itself == (chain[len(begun[app]) :] if begun[app] else [name for name in made if name[0] == app])
    assert tried > 90
