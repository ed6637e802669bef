"""Somebody else saves the same between a form's check and its saving: the form answers as to whoever comes later, never 500.

Every address is sent its form; of each record that it then makes and of which there may be but one, a rival is saved at
that very moment, as another connection would have.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import IntegrityError, models, transaction
from django.db.models.signals import post_save, pre_save

from controls.models import Closing, ReminderStages
from riskreg.models import ControlPlan, RiskCategory, Unit, User
from riskreg.web import unsaved
from tests.architecture.access_table import ADDRESSES, BLOCKS
from tests.architecture.addresses import addresses
from tests.architecture.scene import Scene
from tests.architecture.walking import same_session, undone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unwritten", "people_read_once")]


FIRST_OF_ITS_KIND = "report_hand_in follow_up"
"""Of the addresses of reports, which all make the same records and take long, this one."""


def _is_unique(model: type[models.Model]) -> bool:
    unique_fields = any(field.unique and not field.primary_key for field in model._meta.concrete_fields)
    return unique_fields or any(isinstance(one, models.UniqueConstraint) for one in model._meta.constraints)


def _key(row: models.Model) -> tuple[str, Any]:
    return row._meta.label, row.pk


class Made:
    """The records that a request makes: which, and the models of which somebody else could make the same meanwhile."""

    def __init__(self) -> None:
        self.keys: set[tuple[str, Any]] = set()
        self.models: list[type[models.Model]] = []

    def before(self, sender: type[models.Model], instance: models.Model, **_: Any) -> None:
        if instance._state.adding and _is_unique(sender) and sender not in self.models and not self.hangs_on_one(instance):
            self.models.append(sender)

    def after(self, sender: type[models.Model], instance: models.Model, created: bool, **_: Any) -> None:
        if created:
            self.keys.add(_key(instance))

    def hangs_on_one(self, row: models.Model) -> bool:
        """Whether it belongs to a record that the request makes itself: that one nobody else sees yet."""
        fields = [field for field in row._meta.concrete_fields if isinstance(field, models.ForeignKey)]
        return any((field.remote_field.model._meta.label, getattr(row, field.attname)) in self.keys for field in fields)


class Rival:
    """Saves the model's first record just before it is saved, and again when that is rolled back, as if it were committed."""

    def __init__(self, model: type[models.Model]) -> None:
        self.model, self.saved_again = model, False
        self._row: models.Model | None = None

    def before(self, sender: type[models.Model], instance: models.Model, **_: Any) -> None:
        if sender is self.model and instance._state.adding and self._row is None:
            self._row = copy.copy(instance)
            self._save()

    def save_again(self) -> None:
        self.saved_again = self._save()

    def _save(self) -> bool:
        """Save it; False where there cannot be one, as for a row that only stands after another was changed."""
        assert self._row is not None
        row = copy.copy(self._row)
        row.pk = None
        try:
            with transaction.atomic():
                self.model._base_manager.bulk_create([row])
        except IntegrityError:
            return False
        return True


@contextmanager
def listening_to(made: Made) -> Iterator[None]:
    pre_save.connect(made.before)
    post_save.connect(made.after)
    try:
        yield
    finally:
        pre_save.disconnect(made.before)
        post_save.disconnect(made.after)


@contextmanager
def racing(rival: Rival, patch: pytest.MonkeyPatch) -> Iterator[None]:
    rewind = unsaved._rewind

    def with_the_rival_committed(request: Any) -> bool:
        rival.save_again()
        return rewind(request)

    pre_save.connect(rival.before)
    try:
        with patch.context() as here:
            here.setattr(unsaved, "_rewind", with_the_rival_committed)
            yield
    finally:
        pre_save.disconnect(rival.before)


def _post(scene: Scene, name: str, asked: Any) -> int:
    client = scene.clients[ADDRESSES[name].writes[0]]
    with same_session(client):
        return int(client.post(*asked()).status_code)


def _is_walked(name: str) -> bool:
    return bool(ADDRESSES[name].writes) and (not name.startswith("report_") or name == FIRST_OF_ITS_KIND)


@pytest.mark.one_engine
@pytest.mark.parametrize("names", BLOCKS, ids=lambda names: names[0])
def test_whoever_comes_second_at_any_address_gets_an_answer(
    scene: Scene, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    book = addresses(scene, scene.own)
    for name in filter(_is_walked, names):
        made = Made()
        with undone(), listening_to(made):
            _post(scene, name, book[name])
        for model in made.models:
            rival = Rival(model)
            with undone(), racing(rival, monkeypatch):
                assert _post(scene, name, book[name]) < 500, (name, model)


SECOND: dict[str, type[models.Model]] = {
    "admin:riskreg_controlplan_add": ControlPlan,
    "admin:riskreg_user_add": User,
    "admin:riskreg_riskcategory_add": RiskCategory,
    "admin:riskreg_unit_add": Unit,
    "admin:controls_closing_add": Closing,
    "admin:controls_reminderstages_add": ReminderStages,
}


@pytest.mark.parametrize("name", SECOND)
def test_the_forms_own_error_tells_whoever_comes_second(scene: Scene, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = SECOND[name]
    rival, before = Rival(model), model._base_manager.count()
    with racing(rival, monkeypatch):
        status = _post(scene, name, addresses(scene, scene.own)[name])
    assert rival.saved_again
    assert status == 200  # the form, not the way on from a saved one
    assert model._base_manager.count() == before + 1
