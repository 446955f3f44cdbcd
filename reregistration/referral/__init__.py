"""After a mark: the evidence (`evidence`, `demands`), the way on (`grounds`), the file (`file`).

Only the court decides on liquidation. A file is made on one legal ground of the dated table, once
everything that the ground asks for is there; whom nothing but silence can be held against goes to
the administrative track and is never referred.
"""
