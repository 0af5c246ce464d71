"""What the Python workers share: the protocol of crates/bench/src/protocol.rs, and timing."""

import json
import re
import sys
import time


class Missing(Exception):
    """This library has no such thing."""


def repeat(once, seconds, least):
    """Values of `once`, repeated after one run that is not counted."""
    once()
    begin = time.perf_counter()
    values = []
    while len(values) < least or time.perf_counter() - begin < seconds:
        values.append(once())
    return values


def timed(work):
    """Makes of `work` something whose value is the seconds it took."""

    def once():
        begin = time.perf_counter()
        work()
        return time.perf_counter() - begin

    return once


def memory(field):
    """Bytes of VmRSS (held now) or VmHWM (held at most) of this process."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            return int(re.search(rf"^{field}:\s*(\d+) kB", status.read(), re.MULTILINE)[1]) * 1024
    except FileNotFoundError:
        raise Missing("this system does not tell how much memory a process holds") from None


def added_memory(make, case):
    """Something whose value is the bytes that the train step which `make` makes of `case` adds to
    the most that this process has held, after a tiny one has loaded what any of them needs."""
    make(case | {"shape": [2, 2, 8, 8]})()
    before = memory("VmRSS")
    step = make(case)

    def once():
        step()
        return max(memory("VmHWM") - before, 0)

    return once


def serve(version, prepare):
    """Answers requests. `prepare` makes of a case something that is repeated: each call gives a
    value."""

    def say(what):
        print(json.dumps(what), flush=True)

    ready = {}
    say({"version": version})
    for line in sys.stdin:
        request = json.loads(line)
        name = json.dumps(request["case"])
        try:
            if name not in ready:
                ready[name] = prepare(request["case"])
            say({"values": repeat(ready[name], request["seconds"], request["least"])})
        except Missing as missing:
            say({"missing": str(missing)})
        except Exception as error:  # the other cases can still be measured
            say({"failed": f"{type(error).__name__}: {error}"})
