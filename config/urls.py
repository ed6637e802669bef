"""The site's addresses. The two apps meet here: riskreg's pages get controls' filters."""

from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.urls import include, path
from django.views.generic import RedirectView

from controls.analysis.filters import HistoryFilter, RiskFilter
from controls.views.analysis.in_time import InTimeView
from controls.views.analysis.trend import TrendView
from riskreg.views.heatmap import HeatmapPngView, HeatmapSvgView, HeatmapView
from riskreg.views.heatmap_history import HeatmapHistoryPngView, HeatmapHistorySvgView, HeatmapHistoryView
from riskreg.views.language import set_language
from riskreg.views.sign_in import ChangePasswordView, ChooseNewPasswordView, InvitationView, NewPasswordView, SignInView

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="inbox"), name="home"),
    path("", include("controls.urls")),
    path("", include("riskreg.urls")),
    path("heatmap/", HeatmapView.as_view(filterset_class=RiskFilter), name="heatmap"),
    path("heatmap/heatmap.svg", HeatmapSvgView.as_view(filterset_class=RiskFilter), name="heatmap_svg"),
    path("heatmap/heatmap.png", HeatmapPngView.as_view(filterset_class=RiskFilter), name="heatmap_png"),
    path("heatmap/over-tid/", HeatmapHistoryView.as_view(filterset_class=HistoryFilter), name="heatmap_history"),
    path(
        "heatmap/over-tid/heatmap.svg", HeatmapHistorySvgView.as_view(filterset_class=HistoryFilter), name="heatmap_history_svg"
    ),
    path(
        "heatmap/over-tid/heatmap.png", HeatmapHistoryPngView.as_view(filterset_class=HistoryFilter), name="heatmap_history_png"
    ),
    path("trend/", TrendView.as_view(), name="trend"),
    path("trend/uppfoljningar/", InTimeView.as_view(), name="follow_ups_in_time"),
    path("sprak/", set_language, name="set_language"),
    path("konto/logga-in/", SignInView.as_view(), name="login"),
    path("konto/logga-ut/", auth_views.LogoutView.as_view(), name="logout"),
    path("konto/losenord/", ChangePasswordView.as_view(), name="password_change"),
    path("konto/losenord/klart/", auth_views.PasswordChangeDoneView.as_view(), name="password_change_done"),
    path("konto/glomt/", NewPasswordView.as_view(), name="password_reset"),
    path("konto/glomt/skickat/", auth_views.PasswordResetDoneView.as_view(), name="password_reset_done"),
    path("konto/nytt/<uidb64>/<token>/", ChooseNewPasswordView.as_view(), name="password_reset_confirm"),
    path("konto/inbjudan/<uidb64>/<token>/", InvitationView.as_view(), name="invitation"),
    path("konto/nytt/klart/", auth_views.PasswordResetCompleteView.as_view(), name="password_reset_complete"),
    path("admin/", admin.site.urls),
]

handler500 = "riskreg.web.unsaved.answer_fault"
