"""By which means was this filing signed?"""

from __future__ import annotations

from reregistration.models import Filing, FilingSignature
from reregistration.signing import declaration, scan
from reregistration.states import SigningMeans


def of(filing: Filing) -> list[SigningMeans]:
    """Every means, the weakest first; a draft has none but the page it may carry."""
    means = {
        SigningMeans.DECLARATION: declaration.signs(filing),
        SigningMeans.SCAN: scan.signs(filing),
        SigningMeans.CMS: FilingSignature.objects.filter(filing_id=filing.pk).exists(),
    }
    return [name for name, signs in means.items() if signs]
