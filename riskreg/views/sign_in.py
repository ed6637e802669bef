"""Signing in, and asking for a new password: as often as a person does, not as often as a machine does."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth import views
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, PasswordResetForm, SetPasswordForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse_lazy
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from riskreg import tasks
from riskreg.models import User
from riskreg.sign_in import accounts
from riskreg.sign_in.links import INVITATION_VALID, invitations
from riskreg.sign_in.throttle import WINDOW, Attempt
from riskreg.verbs.errors import Refused


class SignInView(views.LoginView):
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.attempt = Attempt.of(request, request.POST.get("username", ""))
        if not self.attempt.begins():
            return too_many(request)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        accounts.note_sign_in(form.get_user())
        self.attempt.succeeded(response)
        return response

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        self.attempt.failed()
        return super().form_invalid(form)


class OwnChoiceForm(SetPasswordForm):
    """The new password, twice; the history says that the person chose it, and when."""

    def save(self, commit: bool = True) -> User:
        """Save the password. Raises Refused."""
        self.user = accounts.choose_password(self.user, self.cleaned_data["new_password1"])
        return self.user


class ChangeForm(PasswordChangeForm):
    """The same, with the present password; where somebody else set that, it must not stay."""

    def clean_new_password1(self) -> str:
        chosen: str = self.cleaned_data["new_password1"]
        person = self.user
        if person.asks_new_password and person.check_password(chosen):
            raise ValidationError(_("Choose another password than the one that was set for you."))
        return chosen

    def save(self, commit: bool = True) -> User:
        """Save the password. Raises Refused."""
        self.user = accounts.choose_password(self.user, self.cleaned_data["new_password1"])
        return self.user


class ChangePasswordView(views.PasswordChangeView):
    """Asks for the present password, as many times as a person mistypes it: a screen that was left open does not tell it."""

    form_class = ChangeForm

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.attempt = Attempt.of(request, cast(User, request.user).email)
        return super().post(request, *args, **kwargs) if self.attempt.begins_change() else too_many(request)

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        self.attempt.changed()
        try:
            return super().form_valid(form)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)


class NewPasswordView(views.PasswordResetView):
    """Answers the same, whether there is such an account, and whether it has been sent enough letters already."""

    def form_valid(self, form: PasswordResetForm) -> HttpResponse:
        attempt = Attempt.of(self.request, form.cleaned_data["email"])
        if not attempt.may_ask_from_here():
            return too_many(self.request)
        if not attempt.may_ask_for_reset():
            return HttpResponseRedirect(str(self.get_success_url()))
        email = form.cleaned_data["email"]
        # The worker looks the account up and writes: how long the answer takes does not tell whether there is one.
        try:
            cast(Any, tasks.send_new_password).delay(email)
        except OperationalError:  # No broker: a letter late in the answer is better than no letter.
            tasks.send_new_password(email)
        return HttpResponseRedirect(str(self.get_success_url()))


@method_decorator(login_not_required, name="dispatch")
class ChooseNewPasswordView(views.PasswordResetConfirmView):
    """A new password, by a link; that of a closed account leads nowhere."""

    form_class = OwnChoiceForm

    def get_user(self, uidb64: str) -> User | None:
        user = super().get_user(uidb64)
        return user if user is not None and user.is_active else None

    def form_valid(self, form: SetPasswordForm) -> HttpResponse:
        try:
            return super().form_valid(form)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)


class InvitationView(ChooseNewPasswordView):
    """The first password, by the link of an invitation; whoever has chosen it is signed in."""

    token_generator = invitations
    post_reset_login = True
    success_url = reverse_lazy("home")
    template_name = "registration/invitation.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the page's values; a valid link is answered in its person's language, which no cookie tells yet."""
        if self.validlink and self.user is not None:
            translation.activate(self.user.language)
        return super().get_context_data(**kwargs, days=INVITATION_VALID.days)


def too_many(request: HttpRequest) -> HttpResponse:
    """Return the page for too many attempts."""
    response = render(request, "429.html", status=429)
    response.headers["Retry-After"] = str(WINDOW)
    return response
