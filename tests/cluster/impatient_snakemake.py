"""Snakemake that asks after its jobs every second, to keep tests short: nothing else is changed.

The executor for SLURM waits 20 seconds or more between looks, whatever else the profile says.
"""

import sys

from snakemake.cli import main
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor

RemoteExecutor.next_seconds_between_status_checks = property(lambda _: 1.0, lambda *_: None)

if __name__ == "__main__":
    sys.exit(main())
