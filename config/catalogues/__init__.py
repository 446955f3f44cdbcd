"""The portal's words in Kazakh and Russian: gather, check, compile. Needs Babel, not gettext.

`python -m config.catalogues update` gathers the messages of code and templates into
locale/{kk,ru}/LC_MESSAGES/django.po and keeps the translations; `check` fails where one is
missing, doubtful or does not keep its placeholders; `compile` writes the .mo files that Django
reads. English is the messages themselves.
"""
