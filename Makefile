# make run and make test need Python 3.11+ and make, nothing else.

.DEFAULT_GOAL := help
.PHONY: help setup catalogues messages run test scale browser weigh faults properties mutations storm screens samples lint check lock clean
export PYTHON UPGRADE

help:
	@echo "make run     start the portal with its servers, demo register and accounts (PORT=8000)"
	@echo "make test    run the tests (ARGS='-k name' for some of them)"
	@echo "make scale   run the long tests: the real-size extracts, a whole campaign on 2,000 rows"
	@echo "make browser look at every page in Chromium: barriers, width, weight, the journey"
	@echo "make weigh   say what a first visit to each page costs"
	@echo "make faults  kill processes and race verbs against each other, hundreds of times"
	@echo "make properties  drive a small world in random order through marking (START=1)"
	@echo "make mutations   break one guard at a time: which invariant of the small world notices?"
	@echo "make storm   20,000 notices through a bad mail server, workers killed (STORM=20000)"
	@echo "make screens draw docs/screens anew: the journey on a phone and a desk"
	@echo "make samples draw every letter, e-mail and SMS into docs/screens (needs pdftoppm)"
	@echo "make lint    style, types and import contracts"
	@echo "make check   lint, missing migrations and Django's check for deployment"
	@echo "make messages  collect the texts of the portal and name those without translation"
	@echo "make setup   only install the locked packages into .venv"
	@echo "make lock    lock the packages anew (UPGRADE=--upgrade for newer versions)"
	@echo "make clean   remove .venv, the local servers and all their data"

setup:
	@sh local/setup.sh

catalogues: setup
	@.venv/bin/python -m config.catalogues compile

messages: setup
	@.venv/bin/python -m config.catalogues update
	@.venv/bin/python -m config.catalogues check

run: catalogues
	@.venv/bin/python -m local.run

test: catalogues
	@.venv/bin/python -m pytest -n 2 -m "not (scale or browser or faults or properties)" $(ARGS)

# A module stays on one worker: the rehearsal that its tests share is run once.
scale: catalogues
	@.venv/bin/python -m pytest -n 2 --dist loadfile -m scale $(ARGS)

browser: catalogues
	@.venv/bin/python -m pytest -n 2 -m browser tests/browser $(ARGS)

weigh: catalogues
	@.venv/bin/python -m pytest -q -s tests/browser/test_weight.py $(ARGS)

faults: catalogues
	@.venv/bin/python -m pytest -n 2 -m faults $(ARGS)

# The same START gives the same runs. SHRINK=no tells a failure as it came, minutes sooner.
properties: catalogues
	@.venv/bin/python -m pytest -n 2 -m properties tests/properties tests/grants/properties $(ARGS)

mutations: catalogues
	@.venv/bin/python -m pytest -q -n 2 -p no:randomly tests/properties/mutants.py $(ARGS)

storm: catalogues
	@STORM=$${STORM:-20000} .venv/bin/python -m pytest -q -s -m faults tests/faults/test_many_notices.py $(ARGS)

screens: catalogues
	@.venv/bin/python -m pytest -q tests/browser/screens.py

samples: catalogues
	@.venv/bin/python -m pytest -q tests/browser/samples.py

lint: setup
	@.ci/run style types imports

check: setup
	@.ci/run style types imports migrations deployment

lock: setup
	@sh local/lock.sh

clean:
	@if [ -x .venv/bin/python ]; then .venv/bin/python -m local erase; fi
	@rm -rf .venv .local .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis locale/*/LC_MESSAGES/*.mo
