"""Runs a command and writes to descriptor 3, as JSON, what it took with all the processes that it started.

measure.py SECONDS COMMAND... kills the command after that time. Python's own start is not counted.
"""

import json
import os
import resource
import signal
import sys
import time

limit, *command = sys.argv[1:]
os.set_inheritable(3, False)
began = time.perf_counter()
child = os.posix_spawnp(command[0], command, os.environ, setpgroup=0)
for ending in signal.SIGALRM, signal.SIGINT, signal.SIGTERM:
    signal.signal(ending, lambda *_: os.killpg(child, signal.SIGKILL))
signal.setitimer(signal.ITIMER_REAL, float(limit))
_, status, used = os.wait4(child, 0)
wall = time.perf_counter() - began
own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
unit = 1 if sys.platform == "darwin" else 1024
measured = {
    "wall": wall,
    "cpu": used.ru_utime + used.ru_stime,
    "memory": used.ru_maxrss * unit,
    # What is measured begins as a part of this process, so that it never seems to take less memory.
    "leastMemory": own * unit,
    "code": os.waitstatus_to_exitcode(status),
}
os.write(3, json.dumps(measured).encode())
