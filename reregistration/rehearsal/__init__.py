"""A whole campaign in one command: would it run as designed on this register?

The real verbs and task bodies run day by day under a simulated clock, in a scratch database.
`plan` says how organisations, addresses and the carrier behave; `actors` lets them act; `days`
runs the clock; `findings` counts the funnel and checks what must never happen.
"""
