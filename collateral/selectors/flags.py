"""Red flags that stand: open ones, and those upheld that nothing has put right since."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from collateral.models import RedFlag, Valuation


def standing_flags() -> QuerySet[RedFlag]:
    """What speaks against an asset today. An upheld flag about a value stands until an appraiser's other value is accepted after it was decided."""
    accepted_later = Valuation.objects.filter(
        asset=OuterRef("asset"),
        state__in=[Valuation.State.ACCEPTED, Valuation.State.EXPIRED],
        computed__isnull=True,
        decided_at__gte=OuterRef("decided_at"),
    ).exclude(pk=OuterRef("valuation"))
    return RedFlag.objects.filter(Q(state=RedFlag.State.OPEN) | Q(state=RedFlag.State.UPHELD) & ~Exists(accepted_later))
