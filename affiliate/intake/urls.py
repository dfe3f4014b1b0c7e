from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from affiliate.intake import compatible, failures
from affiliate.intake.api import api

# The reference's two systems serve the same functions, one under /api/ and one at the root.
_shared = [
    path("wm/push.json", compatible.push),
    path("ext/add.json", compatible.add),
    path("comp/add.json", compatible.push),
    path("wm/lead.json", compatible.list_by_webmaster),
]
at_root = [
    *_shared,
    path("ext/list.json", compatible.list_by_agency, {"by_id": True}),
    *(path(f"{app}/<slug:function>.json", compatible.unknown, {"app": app}) for app in ("wm", "ext", "comp")),
]
under_api = [
    *_shared,
    path("ext/list.json", compatible.list_by_agency),
    path("<slug:app>/<slug:function>.json", compatible.unknown),
    path("", api.urls),
    path("<path:rest>", csrf_exempt(failures.no_page)),
]
