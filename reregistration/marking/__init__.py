"""Marking for liquidation: the rule (`rule`), the rounds (`rounds`), the marking (`mark`).

The Celery task marks; people authorise. Conditions 1 to 4 of design.md section 9 stand here; the
sample that people check comes with the marking desk.
"""
