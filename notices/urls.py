"""The page that confirms documents; its address stands on every one of them."""

from django.urls import path

from notices import views

urlpatterns = [
    path("", views.ask, name="verify"),
    path("<str:number>/", views.number, name="verify_number"),
]
