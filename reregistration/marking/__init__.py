"""Marking for liquidation: the rule (`rule`), the rounds (`rounds`), the sample that people check
(`sampling`, its arithmetic in `plan`), the marking (`mark`), its undoing (`reversal`).

The Celery task marks; people authorise (design.md section 9).
"""
