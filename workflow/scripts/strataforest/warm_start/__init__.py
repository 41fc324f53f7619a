"""Jobs that skip their imports: one process has them done, and forks for each script handed to it.

Importing scipy and matplotlib takes longer than most jobs work, and so does what Snakemake puts
before a script. A run therefore starts one process that imports what the scripts import
(`serving`, started in rules/common/warm_start.smk), and has each job's Python ask it, before
anything else, to run the script in a fork of itself (`at_start/sitecustomize.py`). Snakemake sees
the same job: the same script, files, terminal and exit status. Where there is no such process (a
cluster node, another environment, an imported module, another system than Linux), or
STRATAFOREST_WARM_START is `off`, a script imports for itself and does the same work.
"""
