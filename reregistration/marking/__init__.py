"""Marking for liquidation: the rule (`rule`), the rounds (`rounds`), the marking (`mark`).

The Celery task marks; people authorise. Conditions 1 to 3 of design.md section 9 stand here; the
sample that people check and the queue for signs of life come with the marking desk.
"""
