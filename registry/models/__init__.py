"""The register's rows."""

from registry.models.claims import Claim, ClaimDocument, ClaimObjection, Invitation
from registry.models.codes import (
    ActivityArea,
    DayOverride,
    LegalForm,
    LegalFormAlias,
    Place,
    Region,
)
from registry.models.entries import AnnualFigures, PersonalValue, RegisterEntry
from registry.models.extracts import BeforeImport, Difference, Extract, RefusedRow
from registry.models.files import StoredFile
from registry.models.imports import ImportJob
from registry.models.organisations import Contact, Organisation, Representative
from registry.models.seals import Seal, SealedLeaf, SealedTable
from registry.models.standing import SignOfLife, Standing

__all__ = [
    "ActivityArea",
    "AnnualFigures",
    "BeforeImport",
    "Claim",
    "ClaimDocument",
    "ClaimObjection",
    "Contact",
    "DayOverride",
    "Difference",
    "Extract",
    "ImportJob",
    "Invitation",
    "LegalForm",
    "LegalFormAlias",
    "Organisation",
    "PersonalValue",
    "Place",
    "RefusedRow",
    "Region",
    "RegisterEntry",
    "Representative",
    "Seal",
    "SealedLeaf",
    "SealedTable",
    "SignOfLife",
    "Standing",
    "StoredFile",
]
