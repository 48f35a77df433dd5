# Each target does its own set-up: a virtual environment in .venv, filled from a lock with hashes.
# Nothing is needed but Python 3.11 or later and make; `make help` lists what there is.

PYTHON ?= python3
# More arguments for build.py or pytest: make site ARGS=--drafts, make test ARGS='-k dates -x'
ARGS =

# One process a core, as the system counts them (`auto` takes the two halves of one for one), but not
# more than memory has room for: each may start a browser and a build.
# Who is done takes from the end of what others still have: a file stays with one of them mostly,
# and what it starts is started once.
WORKERS = -n logical --maxprocesses 4 --dist worksteal

# The Python of .venv and `-m`, never the scripts in .venv/bin: those name the folder that they were
# made in, so they break when it is moved and where its path is long or has a space in it.
RUN = .venv/bin/python
READY = "$(PYTHON)" tools/set_up.py

.DEFAULT_GOAL = site
# The targets share .venv and the processor.
.NOTPARALLEL:
.PHONY: site test check docs bench lock upgrade clean help

site: ## Build content/ into site/ (the default)
	@$(READY) runtime
	@$(RUN) build.py $(ARGS)

test: ## Run the tests, in a real browser too
	@$(READY) test
	@sh tools/browser.sh
	@$(RUN) -m pytest $(WORKERS) $(ARGS)

check: ## Lint, formatting and types
	@$(READY) dev
	$(RUN) -m ruff check
	$(RUN) -m ruff format --check
	$(RUN) -m mypy

docs: ## Write the generated part of docs/
	@$(READY) runtime
	@$(RUN) -m broadsheet.reference

bench: ## Compare with Hugo, Pagefind and Eleventy; writes docs/benchmarks.md
	@$(READY) test
	@sh tools/browser.sh
	@$(RUN) benchmarks/compare.py --write docs/benchmarks.md $(ARGS)
	@$(RUN) benchmarks/preview.py --write docs/benchmarks.md

# uv is in the lock that it makes. Should that lock be broken: make lock UV=/another/uv
lock: ## Write requirements/*.txt after a change in pyproject.toml
	@$(if $(UV),,$(READY) dev)
	@sh tools/lock.sh "$(or $(UV),.venv/bin/uv)"

upgrade: ## The same, with the newest versions
	@$(if $(UV),,$(READY) dev)
	@sh tools/lock.sh "$(or $(UV),.venv/bin/uv)" --upgrade

clean: ## Remove all that the targets made: site, index, state, caches, .venv
	@rm -rf site search/index .[!.]*.broadsheet dist build .venv
	@rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## Print this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile
