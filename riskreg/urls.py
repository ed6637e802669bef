"""The addresses of riskreg's pages."""

from django.urls import path

from riskreg.views import history, trail
from riskreg.views.placing import PlaceRiskView
from riskreg.views.plan_version import plan_version, plan_version_document
from riskreg.views.plans import PlanListView
from riskreg.views.unsent import unsent

urlpatterns = [
    path("risker/<int:pk>/placera/", PlaceRiskView.as_view(), name="place_risk"),
    path("oskickat/", unsent, name="unsent"),
    path("planer/", PlanListView.as_view(), name="plans"),
    path("planer/<int:pk>/version/<int:number>/", plan_version, name="plan_version"),
    path("planer/<int:pk>/version/<int:number>/beslut/", plan_version_document, name="plan_version_document"),
    path("risker/<int:pk>/historik/", history.risk_timeline, name="risk_timeline"),
    path("historik/<slug:app_label>/<slug:model_name>/<int:pk>/", history.history, name="history"),
    path("granskning/", trail.trail, name="trail"),
    path("granskning/verifiera/", trail.trail_verify, name="trail_verify"),
    path("granskning/verifiering/<int:pk>/", trail.trail_verification, name="trail_verification"),
    path("granskning/export/", trail.trail_export, name="trail_export"),
    path("granskning/forankra/", trail.trail_anchor, name="trail_anchor"),
    path("granskning/tidsstamplar/<int:pk>.tsr", trail.trail_stamp, name="trail_stamp"),
    path("granskning/forankringar/<int:number>.jsonl", trail.trail_anchor_file, name="trail_anchor_file"),
    path("granskning/verifierare/", trail.trail_verifier, name="trail_verifier"),
    path("granskning/algoritm/", trail.trail_algorithm, name="trail_algorithm"),
]
