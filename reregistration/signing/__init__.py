"""How a filing is signed: adapters on its declaration, none of which is needed to be protected.

- `declaration`: whoever submits declares by a tick; that is all that is asked of anybody.
- `scan`: the page signed by hand, attached to the draft as a paper of its own kind.
- `cms`: an electronic signature (CMS) over the frozen filing, added after the submission.
"""
