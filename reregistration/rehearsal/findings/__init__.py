"""What came of a rehearsal: the funnel that sums to the register, and what must never happen.

`funnel` counts how far everybody has come. `invariants` must hold after every campaign: about
marks, about the rows that mirror each other (`records`), about `notices`, about complaints
(`answers`) and about the way to the court (`referrals`). `not_vacuous` says whether enough happened
for that to prove something.
"""
