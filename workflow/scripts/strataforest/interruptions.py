"""How a job meets Ctrl-C."""

import signal
import sys
import threading


def quit_when_interrupted() -> None:
    """Let Ctrl-C end this process without a word, what is to be cleaned up being cleaned up.

    Jobs are started with SIGINT ignored (rules/common/interruptions.smk): while Python imports, it
    would end them with a traceback. From here on they are ready for it.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, lambda *_: sys.exit(128 + signal.SIGINT))
