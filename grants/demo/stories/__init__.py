"""A dozen organisations whose grants are at every step of their way, through the verbs alone.

`order` tells the stories in their order of time, of the people and organisations of `cast`: a call
that is `paid_out`, one `decided`, and those `under_way`. They are told with the `steps` of a call
and of an application. Each step has a moment before `at`, counted in days, so that whoever signs in
finds something to do today: an application to write, one under evaluation, a grant to accept, a
report that is due.
"""
