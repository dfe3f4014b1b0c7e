from django.urls import path

from affiliate.intake import compatible
from affiliate.intake.api import api

urlpatterns = [
    path("wm/push.json", compatible.push),
    path("ext/add.json", compatible.add),
    path("comp/add.json", compatible.push),
    path("ext/list.json", compatible.list_by_agency),
    path("wm/lead.json", compatible.list_by_webmaster),
    path("<slug:app>/<slug:function>.json", compatible.unknown),
    path("", api.urls),
]
