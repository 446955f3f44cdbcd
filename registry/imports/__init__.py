"""How does an extract of the state register become rows of ours?

`files` opens and reads it, `cells` and `rows` clean and judge one row, `matching` finds the
organisation that a row names, `run` takes a file through all of it, and `extract` is the verb.
"""
