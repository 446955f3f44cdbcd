"""The states and kinds that the register knows."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class LegalStatus(models.TextChoices):
    """Legal status alone, from the extract or a court; exclusive, summing to the register."""

    ACTIVE = "active", _("active")
    INACTIVE = "inactive", _("inactive")
    SUSPENDED = "suspended", _("suspended")
    IN_LIQUIDATION = "in_liquidation", _("in liquidation")
    LIQUIDATED = "liquidated", _("liquidated")


# Suspended, in liquidation and liquidated are out of every campaign's scope.
IN_SCOPE_STATUSES = (LegalStatus.ACTIVE, LegalStatus.INACTIVE)


class Source(models.TextChoices):
    """Where a fact came from."""

    EXTRACT = "extract", _("extract of the state register")
    FILING = "filing", _("accepted filing")
    STAFF = "staff", _("staff")
    REPRESENTATIVE = "representative", _("representative")


class Quality(models.TextChoices):
    """What is doubtful in an extract's text though the row was taken."""

    NO_BIN = "no_bin", _("no BIN")
    BAD_EMAIL = "bad_email", _("e-mail unusable")
    TWO_EMAILS = "two_emails", _("two e-mails in one cell")
    BAD_PHONE = "bad_phone", _("phone unusable")
    SHORT_PLACE = "short_place", _("place given by six digits")
    NO_CONTACT = "no_contact", _("neither e-mail nor phone")


class ImportState(models.TextChoices):
    """How far an uploaded extract is."""

    UPLOADED = "uploaded", _("waits for its trial")
    PREVIEWED = "previewed", _("tried: to be committed")
    COMMITTING = "committing", _("being committed")
    DONE = "done", _("committed")
    FAILED = "failed", _("failed: nothing was written")
    UNDOING = "undoing", _("being undone")
    UNDONE = "undone", _("undone")
    EXPIRED = "expired", _("ended: not committed in time")


class EntryKind(models.TextChoices):
    """What a line of the register records."""

    ADDED = "added", _("entered in the register")
    CHANGED = "changed", _("changed by an extract")
    AMENDED = "amended", _("changed by an accepted filing")
    DECLARED = "declared", _("declared, to be followed up")
    CORRECTED = "corrected", _("corrected by staff")
    COURT = "court", _("by the decision of a court")
    MERGED = "merged", _("found to be entered twice, and merged")
    UNMERGED = "unmerged", _("merging undone")
    SUCCESSION = "succession", _("successor after a reorganisation")
    REVERTED = "reverted", _("put back: the import of an extract was undone")
    TAKEN_OUT = "taken_out", _("taken out: the import that entered it was undone")


class SignKind(models.TextChoices):
    """What shows that an organisation is alive."""

    # Written by whoever pays: grants.
    AWARD = "award", _("live grant money")
    EMPLOYEES = "employees", _("a newer extract names other employees")
    LOGIN = "login", _("a representative was on the portal")
    REFUSED_CLAIM = "refused_claim", _("a claim to act for it was refused")
    IDLE_DRAFTS = "idle_drafts", _("several claimants began a filing and left it")


class StandingState(models.TextChoices):
    """The obligation's state as the register mirrors it (design.md section 4)."""

    DUE = "due", _("due")
    FILED = "filed", _("filed, under review")
    RETURNED = "returned", _("returned for correction")
    REFUSED = "refused", _("refused")
    FULFILLED = "fulfilled", _("re-registered")
    OVERDUE = "overdue", _("overdue")
    MARKED = "marked", _("marked for liquidation (only the court decides)")
    REFERRED = "referred", _("referred")
    TERMINATED = "terminated", _("terminated by court")
    RELEASED = "released", _("released")


# Whose date still lies ahead is in good standing; the date decides when it is read.
GOOD_UNTIL_DUE = (StandingState.DUE, StandingState.RETURNED)
# As the reason of such a standing: its clock stands still, so that no date makes it late.
HELD = "held"
GOOD_ALWAYS = (StandingState.FILED, StandingState.FULFILLED)
# Reasons of release that leave an organisation in good standing.
GOOD_RELEASES = ("exempt", "after_cut_off")
