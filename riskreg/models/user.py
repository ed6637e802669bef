"""Users: the people with an account."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from riskreg.models.history import tracked
from riskreg.sorting import SwedishSortField
from riskreg.time_zones import is_time_zone

if TYPE_CHECKING:
    from riskreg.access.grants import Grant

LINKS_WAIT = timedelta(days=7)
"""How long no link to a new password goes to an address that somebody else entered: so long the person can object."""


class UserQuerySet(models.QuerySet["User"]):
    def visible_to(self, user: User) -> UserQuerySet:
        """Keep the colleagues: the active people of the user's municipalities, and the user."""
        from riskreg.access.grants import paths_with
        from riskreg.access.verbs import Verb

        return self._within(_roots(paths_with(user, Verb.VIEW)), user).filter(is_active=True)

    def administered_by(self, user: User) -> UserQuerySet:
        """Keep the people below the units the user administers, those without any role yet, and the user."""
        from riskreg.access.grants import paths_with
        from riskreg.access.verbs import Verb

        paths = paths_with(user, Verb.ADMINISTER)
        return self._within(paths, user, without_role=bool(paths))

    def _within(self, paths: list[str], user: User, *, without_role: bool = False) -> UserQuerySet:
        if "/" in paths:
            return self
        condition = models.Q(pk=user.pk)
        for path in paths:
            condition |= models.Q(memberships__unit__path__startswith=path)
        if without_role:
            condition |= models.Q(memberships__isnull=True, is_superuser=False)
        return self.filter(pk__in=self.model._default_manager.filter(condition).values("pk"))


def _roots(paths: list[str]) -> list[str]:
    return [path if path == "/" else f"/{path.split('/')[1]}/" for path in paths]


class UserManager(BaseUserManager.from_queryset(UserQuerySet)["User"]):  # type: ignore[misc]
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create an operator of the installation: administrator everywhere, and nothing more."""
        return self.create_user(email, password, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person. Signs in by e-mail; what they may do follows from their memberships (riskreg.access)."""

    class Language(models.TextChoices):
        SWEDISH = "sv", "Svenska"
        ENGLISH = "en", "English"

    email = models.EmailField(_("e-mail"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=200)
    name_sort = SwedishSortField(source="name")
    title = models.CharField(_("title"), max_length=200, blank=True, help_text=_("For instance: payroll manager."))
    language = models.CharField(_("language"), max_length=2, choices=Language.choices, default=Language.SWEDISH)
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        blank=True,
        validators=[is_time_zone],
        help_text=_("In which times are shown, and the hour of the digests is meant. Due days are the municipality's."),
    )
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Clear this instead of deleting: the person's name stays in the history.")
    )
    is_superuser = models.BooleanField(
        _("operator"),
        default=False,
        help_text=_("Runs the installation: administrator of every unit. Gives no right to alter results."),
    )
    date_joined = models.DateTimeField(_("created"), auto_now_add=True)
    invited_at = models.DateTimeField(_("invited"), null=True, blank=True, editable=False)
    """When the newest invitation was put on its way; None for an account that was opened otherwise."""
    password_chosen_at = models.DateTimeField(_("password chosen"), null=True, blank=True, editable=False)
    """When the person chose their password on a page of the product, the last time."""
    asks_new_password = models.BooleanField(
        _("must choose a new password"),
        default=False,
        editable=False,
        help_text=_("Somebody else set the password: the person chooses a new one before they see any page."),
    )
    address_changed_at = models.DateTimeField(_("address changed by somebody else"), null=True, blank=True, editable=False)
    """None when it was not, and from when the person has signed in with the new one."""

    objects: ClassVar[UserManager] = UserManager()
    history = tracked(excluded_fields=["password", "last_login"])

    _grants: tuple[Grant, ...] | None = None
    """The memberships of this person as riskreg.access read them; None: not read yet."""

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["name_sort"]
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_is_unique_whatever_its_case")]

    def __str__(self) -> str:
        return self.name or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the user; a sign-in is no change of the person and leaves no row in the history."""
        only_signs_in = set(kwargs.get("update_fields") or ()) == {"last_login"}
        if only_signs_in:
            self.skip_history_when_saving = True
        try:
            super().save(*args, **kwargs)
        finally:
            if only_signs_in:
                del self.skip_history_when_saving

    def links_held_until(self, now: datetime) -> datetime | None:
        """Return until when no link to a new password is sent, because somebody else changed the address; None: it is sent."""
        until = None if self.address_changed_at is None else self.address_changed_at + LINKS_WAIT
        return until if until is not None and until > now else None

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] if self.name else self.email

    def forget_grants(self) -> None:
        """Drop the memberships that riskreg.access has read of this person."""
        self._grants = None

    @property
    def is_staff(self) -> bool:
        """True for every active account; riskreg.access decides what they see in the admin."""
        return self.is_active

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        """Return False: Django's permissions are not used, and code that asks for one is refused."""
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return False
