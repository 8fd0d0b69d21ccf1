"""Times whole processes: median wall clock and the largest resident set, and pairs two commands run by run."""
import os
import statistics
import subprocess
import sys
import tempfile
import time


def peak(command):
    """KiB of the largest resident set, by time(1): a process forked from this one would count Python's memory too."""
    with tempfile.NamedTemporaryFile("r") as said:
        subprocess.run(["time", "-q", "-f", "%M", "-o", said.name, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return int(said.read().split()[-1])


def once(command):
    """Seconds of one run; its output is thrown away."""
    start = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        try:
            os.execvp(command[0], command)
        finally:
            os._exit(127)
    _, status = os.waitpid(pid, 0)
    if os.waitstatus_to_exitcode(status) in (2, 127):
        sys.exit(f"{command[0]} failed: {status}")
    return time.perf_counter() - start


def row(name, seconds, peaks):
    print(f"{name:<45} {statistics.median(seconds) * 1000:9.1f} ms  (min {min(seconds) * 1000:.1f}, max {max(seconds) * 1000:.1f})"
          f"  {max(peaks) / 1024:7.1f} MiB", flush=True)


def run(name, count, command):
    once(command)
    row(name, [once(command) for _ in range(count)], [peak(command) for _ in range(3)])


def versus(name, count, a, b):
    once(a), once(b)
    pairs = [(once(a), once(b)) for _ in range(count)]
    row(name + ", A", [p[0] for p in pairs], [peak(a)])
    row(name + ", B", [p[1] for p in pairs], [peak(b)])
    ratios = [p[1] / p[0] for p in pairs]
    print(f"{name}: B takes {statistics.median(ratios):.0f} times as long as A (min {min(ratios):.0f}, max {max(ratios):.0f})")


def main(words):
    if words[0] == "sizes":
        print(f"{'size of ' + words[1]:<45} {os.path.getsize(words[1]) / 2**20:9.1f} MiB")
        return
    name, count = words[1], int(words[words.index("-n") + 1])
    if words[0] == "run":
        run(name, count, words[words.index("--") + 1:])
    else:
        a, b = words.index("--a"), words.index("--b")
        versus(name, count, words[a + 1:b], words[b + 1:])


main(sys.argv[1:])
