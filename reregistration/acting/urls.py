"""Claims, invitations and people, under /my/. Before the addresses of obligations, whose first
part is any number."""

from django.urls import path

from reregistration.acting import claims, my, people

urlpatterns = [
    path("", my.my, name="my"),
    path("claim/", claims.find, name="claim"),
    path("claim/<str:number>/", claims.ways, name="claim_ways"),
    path("claim/<str:number>/code/", claims.bring_code, name="claim_bring_code"),
    path("claim/<str:number>/ask/", claims.ask_code, name="claim_ask_code"),
    path("claim/<str:number>/documents/", claims.send_documents, name="claim_send_documents"),
    path("claims/<int:pk>/", claims.own, name="claim_own"),
    path("claims/<int:pk>/withdraw/", claims.withdraw, name="claim_withdraw"),
    path("invitation/<str:token>/", people.invitation, name="invitation"),
    path("<str:number>/people/", people.people, name="people"),
    path("<str:number>/people/invite/", people.invite, name="people_invite"),
    path("<str:number>/people/<int:pk>/role/", people.change_role, name="people_role"),
    path("<str:number>/people/<int:pk>/remove/", people.remove, name="people_remove"),
    path("<str:number>/people/<int:pk>/hand-over/", people.hand_over, name="people_hand_over"),
    path("<str:number>/invitations/<int:pk>/cancel/", people.cancel, name="invitation_cancel"),
    path("<str:number>/claims/<int:pk>/", people.claim, name="claim_answer"),
    path("<str:number>/claims/<int:pk>/let-in/", people.let_in, name="claim_let_in"),
]
