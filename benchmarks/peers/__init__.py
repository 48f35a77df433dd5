"""Other generators that build the same site from the same cases, for benchmarks/compare.py.

hugo/, eleventy/   their projects: templates and settings, nothing of the cases
prepare            the cases as the projects read them, made before any clock runs
programs           where the programs come from, and how each builds
measure            seconds, processor time and memory of one command
check              whether two sites hold the same pages and the same text
report, page.md    the tables, and docs/benchmarks.md around them
"""
