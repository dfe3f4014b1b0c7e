from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from affiliate.intake.urls import at_root, under_api

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", include("affiliate.admin.urls")),
    path("admin/", admin.site.urls),
    path("api/", include(under_api)),
    path("", include(at_root)),
]
if settings.SANDBOX:
    urlpatterns.append(path("sandbox/", include("affiliate.sandbox.urls")))
