"""The page that confirms documents; its address stands on every one of them.

`files` are for programs as well as people, so their addresses carry no language.
"""

from django.urls import path

from notices import views

urlpatterns = [
    path("", views.ask, name="verify"),
    path("<str:number>/", views.number, name="verify_number"),
]

files = [
    path("<str:number>/proof", views.proof, name="proof"),
]
