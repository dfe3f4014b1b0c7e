from django.urls import path

from affiliate.sandbox import views

urlpatterns = [
    path("", views.page, name="sandbox"),
    path("api/orders", views.orders, name="sandbox-orders"),
    path("mirror", views.mirror, name="sandbox-mirror"),
]
