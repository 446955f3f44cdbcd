"""The rounds of past years: thousands of applications, awards, payments and reports at once.

Written in bulk, because the verbs take hours for so many; whatever the verbs keep, these rows keep
too, and the database's deferred triggers check each call's sums when it is written.

`years` writes year after year: who applies and what is given (`plans`), everybody's registrations
(`registrations`), then each call (`calls`) with its applications (`applications`), scores and
protocols (`protocols`) and awards (`awards`). An award's life (`lives`) is paid (`payments`),
reported on (`reports`), ended (`endings`) and logged (`award_log`). `dates` says when each step of
a round is, `bulk` how rows are written.
"""
