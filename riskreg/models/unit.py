"""Units: the organisation as a tree."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from riskreg.models.history import tracked
from riskreg.sorting import SwedishSortField

if TYPE_CHECKING:
    from riskreg.models.user import User


STEP_BYTES = 3
ROOT_PATH_LENGTH = 2 * STEP_BYTES + 2
"""Letters of a municipality's own path, "/9f3a1c/"."""


def ancestors(path: str) -> list[str]:
    """Return the path and those above it, the top first: /a/, /a/b/, /a/b/c/."""
    steps = [step for step in path.split("/") if step]
    return ["/" + "/".join(steps[: length + 1]) + "/" for length in range(len(steps))]


class UnitQuerySet(models.QuerySet["Unit"]):
    def visible_to(self, user: User) -> UnitQuerySet:
        from riskreg.access.sight import units_seen_by

        return self.filter(units_seen_by(user))

    def within(self, unit: Unit) -> UnitQuerySet:
        """Keep the unit and everything below it."""
        return self.filter(path__startswith=unit.path)


class Unit(models.Model):
    """A node of the organisation's tree: municipality, committee, company, administration, department."""

    class Kind(models.TextChoices):
        MUNICIPALITY = "municipality", _("Municipality")
        COMMITTEE = "committee", _("Committee")
        COMPANY = "company", _("Company")
        ADMINISTRATION = "administration", pgettext_lazy("unit", "Administration")
        DEPARTMENT = "department", _("Department")

    name = models.CharField(_("name"), max_length=200)
    name_sort = SwedishSortField(source="name")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    parent = models.ForeignKey(
        "self", verbose_name=_("belongs to"), null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    path = models.CharField(_("path"), max_length=255, unique=True, editable=False)
    is_active = models.BooleanField(_("active"), default=True)

    objects = UnitQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        ordering = ["path"]
        constraints = [
            models.UniqueConstraint(fields=["parent", "name"], name="unit_names_are_unique_under_their_parent"),
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(parent__isnull=True), name="names_of_municipalities_are_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def depth(self) -> int:
        """0 for the municipality itself."""
        return self.path.count("/") - 2

    @property
    def root_path(self) -> str:
        """The path of the top of this unit's tree: the municipality."""
        return f"/{self.path.split('/')[1]}/"

    def is_within(self, other: Unit) -> bool:
        """Return whether this is the other unit or lies below it."""
        return self.path.startswith(other.path)

    def clean(self) -> None:
        ancestor = self.parent
        while ancestor is not None:
            if self.pk is not None and ancestor.pk == self.pk:
                raise ValidationError({"parent": _("A unit cannot belong to itself or to a unit below it.")})
            ancestor = ancestor.parent
        if self.kind == self.Kind.MUNICIPALITY and self.parent_id:
            raise ValidationError({"kind": _("The municipality is the top of the tree and belongs to nothing.")})

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the unit, and the path ("/9f3a1c/04be77/", one step a level) of it and, when it moves, of all below it."""
        before = self.path
        above = self.parent.path if self.parent else "/"
        step = before.rstrip("/").rsplit("/", 1)[-1] if before else secrets.token_hex(STEP_BYTES)
        self.path = f"{above}{step}/"
        if "update_fields" in kwargs and kwargs["update_fields"] is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "path"}
        super().save(*args, **kwargs)
        if before and before != self.path:
            for child in self.children.all():
                child.save()
