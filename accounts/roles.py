"""What may each ministry role do? The one table.

A permission is Django's `app.action_model`, or one of the verbs' own (`reregistration.review`).
Views, admin and verbs ask `user.has_perm`, which `accounts.backends.RoleBackend` answers from
the grants in force that day and this table. Roles that later work needs stand here with what
they may do today.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    REVIEWER = "reviewer", _("Reviewer")
    SENIOR_REVIEWER = "senior_reviewer", _("Senior reviewer")
    CAMPAIGN_MANAGER = "campaign_manager", _("Campaign manager")
    REGISTER_CLERK = "register_clerk", _("Register clerk")
    GRANTS_OFFICER = "grants_officer", _("Grants officer")
    GRANTS_REVIEWER = "grants_reviewer", _("Member of the grants commission")
    HELPLINE = "helpline", _("Helpline")
    FRONT_DESK = "front_desk", _("Front desk")
    AUDITOR = "auditor", _("Auditor")
    OPERATOR = "operator", _("Operator")


_SEE_REGISTER = {
    "registry.view_organisation",
    "registry.view_contact",
    "registry.view_representative",
    "registry.view_registerentry",
    "registry.view_standing",
    "registry.view_legalform",
    "registry.view_place",
    "registry.view_activityarea",
}
_SEE_CLAIMS = {"registry.view_claim", "registry.view_signoflife"}
_DECIDE_CLAIMS = _SEE_CLAIMS | {
    "registry.view_claimdocument",
    "registry.decide_claim",
    "registry.resolve_signoflife",
}
_SEE_CAMPAIGN = {
    "reregistration.view_campaign",
    "reregistration.view_campaigndecision",
    "reregistration.view_obligation",
    "reregistration.view_obligationevent",
    "reregistration.view_cycle",
    "reregistration.view_filing",
    "reregistration.view_paperfiling",
    "reregistration.view_review",
    "reregistration.view_returnreason",
    "reregistration.view_refusalground",
}
_SEE_NOTICES = {
    "notices.view_notice",
    "notices.view_dispatch",
    "notices.view_service",
    "notices.view_noticetemplate",
    "notices.view_letterbatch",
    "notices.view_receiptfile",
    "notices.view_issueddocument",
    "notices.view_wave",
    "notices.view_pause",
    "notices.view_deliveryreport",
    "notices.view_dispatchdecision",
}
# How notices go out: sent again, held back, paused, stopped.
_MANAGE_SENDING = {"notices.manage_sending", "notices.add_pause"}
# The wording of notices; whoever drafts a version is never the one who approves it.
_WRITE_TEMPLATES = {"notices.write_template", "notices.approve_template"}
_SEE_MARKING = {
    "reregistration.view_markinground",
    "reregistration.view_roundcandidate",
    "reregistration.view_mark",
    "reregistration.view_sampleverdict",
}
# What is gathered and prepared after a mark, and the dated law that it rests on.
_SEE_REFERRALS = {
    "reregistration.view_referralcase",
    "reregistration.view_evidenceitem",
    "reregistration.view_referral",
    "reregistration.view_legalground",
    "reregistration.view_groundevidence",
    "reregistration.view_receivingbody",
    "reregistration.view_referralschedule",
    "reregistration.view_referralwithdrawal",
    "reregistration.view_courtdecision",
}
# Whoever drafted a schedule, prepared a file of it or took part in a marking does not sign it.
_SIGN_REFERRALS = {
    "reregistration.sign_schedule",
    "reregistration.acknowledge_withdrawal",
    "reregistration.record_court_decision",
}
_LOG_EVIDENCE = _SEE_REFERRALS | {"reregistration.log_evidence"}
# Any of those who have a hand in a round stops it. Whoever checks cases need not be a manager: a
# round takes four people.
_CHECK_MARKING = _SEE_MARKING | {"reregistration.check_marking", "reregistration.stop_marking"}
_REVIEW = {"reregistration.review"}
# What organisations send in beside filings, and the time that they were given.
_SEE_ANSWERS = {
    "reregistration.view_extension",
    "reregistration.view_hold",
    "reregistration.view_objection",
    "reregistration.view_complaint",
    "reregistration.view_hearing",
    "reregistration.view_hearingslot",
    "reregistration.view_verification",
    "reregistration.view_contradiction",
}
# Slots, invitations, minutes; whoever took part in an earlier decision writes none of them.
_HOLD_HEARINGS = {"reregistration.add_hearingslot", "reregistration.hold_hearing"}
_SEE_QUESTIONS = {
    "reregistration.view_question",
    "reregistration.view_questionmessage",
    "reregistration.view_savedanswer",
}
# The organisation's own page as it sees it, and what was said on the telephone.
_SEE_TELEPHONE = {"reregistration.see_as_organisation", "reregistration.view_callnote"}
# Calls and what is public of them; who takes part.
_SEE_CALLS = {
    "grants.view_participant",
    "grants.view_programme",
    "grants.view_call",
    "grants.view_lot",
    "grants.view_criterion",
    "grants.view_callevent",
    "grants.view_grantrule",
    "grants.view_mci",
}
# Applications, their evaluation, awards and money.
_SEE_GRANTS = _SEE_CALLS | {
    "grants.view_participantevent",
    "grants.view_exclusiondeclaration",
    "grants.view_exclusionfinding",
    "grants.view_calldocument",
    "grants.view_callquestion",
    "grants.view_application",
    "grants.view_applicationevent",
    "grants.view_formalcheck",
    "grants.view_evaluation",
    "grants.view_conflictdeclaration",
    "grants.view_protocol",
    "grants.view_commissiondecision",
    "grants.view_award",
    "grants.view_awardevent",
    "grants.view_instalment",
    "grants.view_payment",
    "grants.view_repaymentdemand",
    "grants.view_repayment",
    "grants.view_report",
    "grants.view_awardfile",
    "grants.view_pastaward",
    "grants.view_refusedaward",
}
# Whoever drafts a protocol is never the one who signs it.
_MANAGE_GRANTS = _SEE_GRANTS | {
    "grants.manage_participant",
    "grants.add_programme",
    "grants.change_programme",
    "grants.add_call",
    "grants.change_call",
    "grants.manage_call",
    "grants.answer_callquestion",
    "grants.add_mci",
    "grants.change_mci",
    "grants.check_application",
    "grants.assign_evaluation",
    "grants.draft_protocol",
    "grants.sign_protocol",
    "grants.manage_award",
    "grants.record_payment",
    "grants.review_report",
    "grants.bring_past_awards",
}
_ANSWER_QUESTIONS = _SEE_QUESTIONS | {"reregistration.answer_question"}

PERMISSIONS: dict[str, frozenset[str]] = {
    Role.REVIEWER: frozenset(
        _SEE_REGISTER
        | _SEE_CAMPAIGN
        | _SEE_ANSWERS
        | _ANSWER_QUESTIONS
        | _REVIEW
        | _HOLD_HEARINGS
        | _LOG_EVIDENCE
    ),
    Role.SENIOR_REVIEWER: frozenset(
        _SEE_REGISTER
        | _SEE_CAMPAIGN
        | _SEE_NOTICES
        | _SEE_ANSWERS
        | _ANSWER_QUESTIONS
        | _REVIEW
        | _HOLD_HEARINGS
        | _DECIDE_CLAIMS
        | _LOG_EVIDENCE
        | _CHECK_MARKING
        | _SIGN_REFERRALS
        | {
            "reregistration.grant_extension",
            "reregistration.decide_appeal",
            "reregistration.assign_filing",
            "reregistration.review_again",
            "reregistration.confirm_refusal",
            "reregistration.confirm_reopening",
        }
    ),
    Role.CAMPAIGN_MANAGER: frozenset(
        _SEE_REGISTER
        | _SEE_CAMPAIGN
        | _SEE_NOTICES
        | _CHECK_MARKING
        | _SEE_ANSWERS
        | _ANSWER_QUESTIONS
        | _MANAGE_SENDING
        | _WRITE_TEMPLATES
        | _LOG_EVIDENCE
        | _SIGN_REFERRALS
        | _SEE_TELEPHONE
        | {
            "registry.view_signoflife",
            "registry.view_extract",
            "registry.view_refusedrow",
            "registry.view_importjob",
            "registry.view_dayoverride",
            "registry.add_dayoverride",
            "registry.change_dayoverride",
            "registry.delete_dayoverride",
            "notices.bring_receipts",
            "reregistration.add_campaign",
            "reregistration.change_campaign",
            "reregistration.manage_campaign",
            "reregistration.add_hold",
            "reregistration.add_returnreason",
            "reregistration.change_returnreason",
            "reregistration.add_refusalground",
            "reregistration.change_refusalground",
            "reregistration.grant_extension",
            "reregistration.add_savedanswer",
            "reregistration.change_savedanswer",
            "reregistration.add_markinground",
            "reregistration.manage_marking",
            "reregistration.sign_marking",
            "reregistration.prepare_referral",
            "reregistration.add_referralschedule",
            "reregistration.manage_schedule",
            "reregistration.add_legalground",
            "reregistration.change_legalground",
            "reregistration.add_groundevidence",
            "reregistration.change_groundevidence",
            "reregistration.delete_groundevidence",
            "reregistration.add_receivingbody",
            "reregistration.change_receivingbody",
        }
    ),
    Role.REGISTER_CLERK: frozenset(
        _SEE_REGISTER
        | _DECIDE_CLAIMS
        | {
            "registry.view_extract",
            "registry.view_refusedrow",
            "registry.view_importjob",
            "registry.add_importjob",
            "registry.view_difference",
            "registry.merge_organisation",
            "registry.add_representative",
            "registry.change_representative",
        }
    ),
    Role.GRANTS_OFFICER: frozenset(_SEE_REGISTER | _MANAGE_GRANTS),
    # Of applications only what was assigned to them: `grants.admin.evaluations` shows no more.
    Role.GRANTS_REVIEWER: frozenset(_SEE_CALLS | {"grants.view_evaluation", "grants.evaluate"}),
    Role.HELPLINE: frozenset(
        _SEE_REGISTER
        | _SEE_CAMPAIGN
        | _SEE_NOTICES
        | _SEE_ANSWERS
        | _ANSWER_QUESTIONS
        | _SEE_CLAIMS
        | _SEE_TELEPHONE
        | {"reregistration.log_call", "notices.resend_code"}
    ),
    Role.FRONT_DESK: frozenset(
        _SEE_REGISTER
        | _SEE_CAMPAIGN
        | {"reregistration.add_paperfiling", "reregistration.type_paper"}
    ),
    Role.AUDITOR: frozenset(
        _SEE_REGISTER
        | _SEE_CAMPAIGN
        | _SEE_NOTICES
        | _SEE_MARKING
        | _SEE_ANSWERS
        | _SEE_QUESTIONS
        | _SEE_CLAIMS
        | _SEE_REFERRALS
        | _SEE_TELEPHONE
        | _SEE_GRANTS
        | {
            "registry.view_claimdocument",
            "accounts.view_user",
            "accounts.view_rolegrant",
            "registry.view_extract",
            "registry.view_refusedrow",
            "registry.view_importjob",
            "registry.view_difference",
            "registry.view_seal",
        }
    ),
    Role.OPERATOR: frozenset(
        {
            "accounts.manage_delegation",
            "accounts.view_user",
            "accounts.view_rolegrant",
            "registry.view_extract",
            "registry.view_seal",
        }
    ),
}

# Whoever holds a role may leave it to a colleague for a leave, and sees what concerns them; an
# auditor sees all of it and changes nothing.
_SEE_DELEGATIONS = {"accounts.view_delegation", "accounts.view_delegatedact"}
_DELEGATE = _SEE_DELEGATIONS | {"accounts.add_delegation", "accounts.end_delegation"}
PERMISSIONS |= {
    role: PERMISSIONS[role] | (_SEE_DELEGATIONS if role == Role.AUDITOR else _DELEGATE)
    for role in Role
}
