"""Who takes part in state grants, who gets the money, and what became of it?

What is where (each layer knows only what stands above it here):

    states.py         states, kinds, and the ALLOWED tables
    querysets.py      which rows
    models/           participation, calls, questions, applications, evaluation, awards, payments,
                      reports, past (imported awards)
    eligibility.py    reasons against an organisation; what blocks payment: the one home of both
    participation.py  verbs: register, leave, remove, find (an exclusion met or not)
    calls.py          verbs: open, extend, close, cancel a call; budgets and criteria of a draft
    questions.py      verbs: ask, answer
    drafts.py         verbs: begin, save, budget lines, papers of a draft application
    applications.py   the door `move`, and the verbs submit, withdraw
    checks.py         verbs of the formal check
    evaluation.py     verbs: assign, declare interests, score, lock
    commission.py     protocols, decisions, the reserve list
    award.py          the door `move`, and the verbs award, accept, refuse, suspend, complete
    payments.py       verbs: plan, pay, demand, take back
    reports.py        verbs: ask, submit, accept, return a report
    reminders.py      which reports are due soon or late; letters.py what notices say of grants
    standing.py       warns the officers of organisations that lost their standing
    importing/        past awards from a file; mappings/ what its columns mean
    views, urls       pages of an organisation's people; admin/ the ministry's desks

Lock order: Organisation, (Obligation, Filing,) Call, Lot, Application, Award, ids ascending. Call
and Lot come before Application because who awards takes the lot's money first.

Money is Decimal, numeric(15,2), in tenge. Lot.committed is the sum of its awards' `committed`,
Award.paid that of its payments, Award.returned that of its repayments: each is written under its
row's lock, and deferred triggers (migration 0002) hold the sums.
"""
