# Short names for those who work on the project; to use it, only manage.py is needed.
PYTHON := .venv/bin/python
BENCH := $(PYTHON) -m tests.benchmarks

.PHONY: help lint format test ci fresh bench-import bench-render bench-send bench-pages bench-search tamper get-safety canary mutants matrix

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

lint: $(PYTHON) ## ruff, format, mypy --strict, import contracts, migrations, production settings
	.ci/lint

format: $(PYTHON) ## bring the code into its format
	.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format --quiet .

test: ## the whole suite on embedded services
	python3 manage.py test

ci: ## what CI runs: lint, test, and real servers where they answer
	.ci/run

fresh: ## both commands of the README on a bare Debian (root, debootstrap)
	python3 .ci/fresh.py

bench-import: $(PYTHON) ## rows per second of a roster import
	$(BENCH).bench_import

bench-render: $(PYTHON) ## letters per second and memory
	$(BENCH).bench_render

bench-send: $(PYTHON) ## deliveries per second through the outbox
	$(BENCH).bench_send

bench-pages: $(PYTHON) ## milliseconds and queries of each page
	$(BENCH).bench_pages

bench-search: $(PYTHON) ## milliseconds of a search by name among 6,252 and 100,000 people
	$(BENCH).bench_search

tamper: $(PYTHON) ## twenty ways to falsify the history, twenty found
	$(PYTHON) -m tests.campaigns.tamper

get-safety: $(PYTHON) ## every address by GET, HEAD, OPTIONS as everybody: no table changes
	$(PYTHON) -m tests.campaigns.get_safety

canary: $(PYTHON) ## planted people walked through everything; then nothing of them may lie about
	$(PYTHON) -m tests.campaigns.canary

matrix: $(PYTHON) ## every address by every method as everybody, about own, foreign and absent records
	MATRIX=whole $(PYTHON) -m pytest -q -n 2 tests/matrix

mutants: $(PYTHON) ## faults of real mailings, each stopped in the first stage
	$(PYTHON) -m tests.campaigns.mutants

$(PYTHON):
	python3 manage.py check
