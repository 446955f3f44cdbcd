"""How does a file of past awards become rows of ours?

`mapping` says which column of the file means what, `cells` cleans one cell, `rows` judges a row,
`run` takes a file through it, and `past` is the verb. The file itself is opened as the register's
extracts are (`registry.imports.files`).
"""
