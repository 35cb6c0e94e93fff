"""Python that nobody has read, run in a process of its own.

Isolated interpreter with the standard library alone, no environment, an empty folder that is removed, and limits on CPU and wall time,
memory, files and processes. Where the kernel is Linux with Landlock (5.13) and lets us have namespaces (`unshare`), it can read no file
but its own and the system's libraries, write none but its own, and has no network: `isolated`. Elsewhere files and sockets are only taken
out of Python's reach, which stops accidents and clumsy cheats and is no jail for those who are out to harm you.
"""

from __future__ import annotations

import json
import math
import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

MEMORY, FILE, PROCESSES = 512 * 2**20, 2**20, 0
"""Bytes of memory and of one file; further processes."""
FENCE = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)```", re.DOTALL | re.IGNORECASE)
LONGEST = 100_000
"""Characters of a program."""
HARNESS = """
import json, os, resource, sys
def fence():
    import ctypes, struct
    system = ctypes.CDLL(None).syscall
    version = system(444, None, 0, 1)  # landlock_create_ruleset, asked for the kernel's version of it
    if version < 1:
        return
    read_file, read_folder, execute = 1 << 2, 1 << 3, 1
    deeds = (1 << 13) - 1 | (version > 1) << 13 | (version > 2) << 14 | (version > 4) << 15
    rules = struct.pack("Q", deeds)
    rules = system(444, rules, len(rules), 0)
    def allow(path, rights):
        if os.path.exists(path):
            folder = os.path.isdir(path)
            there = os.open(path, os.O_PATH | os.O_CLOEXEC)
            rule = struct.pack("=Qi", rights if folder else rights & (read_file | execute), there)
            if system(445, rules, 1, rule, 0):
                raise OSError("no rule can be made for " + path)
            os.close(there)
    libraries = ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache", "/usr/share/zoneinfo", "/dev/urandom", "/dev/null"]
    for path in [*sys.path, os.path.join(sys.base_prefix, "lib"), *libraries]:
        allow(path, read_file | read_folder | execute)
    allow(os.getcwd(), deeds & ~(execute | 1 << 6 | 1 << 9 | 1 << 10 | 1 << 11))  # no programs, devices, sockets or pipes
    if ctypes.CDLL(None).prctl(38, 1, 0, 0, 0) or system(446, rules, 0):
        raise OSError("the fence cannot be closed")
def guard():
    roots = [os.path.realpath(folder) for folder in (os.getcwd(), "/usr/share/zoneinfo", *sys.path) if folder]
    inside, real, decoded, apart, error = str.startswith, os.path.realpath, os.fsdecode, os.sep, PermissionError
    never = ("socket.", "subprocess.", "os.exec", "os.posix_spawn", "os.fork", "os.kill", "ctypes.")
    deeds = "listdir scandir symlink link rename remove chdir mkdir rmdir chmod truncate utime"
    files = {"open", *("os." + deed for deed in deeds.split())}
    def refuse(event, args):
        if event.startswith(never):
            raise error(event + " is not allowed here")
        for name in args[:2] if event in files else ():
            path = real(decoded(name)) if isinstance(name, (str, bytes)) else roots[0]
            if not any(path == root or inside(path, root + apart) for root in roots):
                raise error(path + " is not to be touched here")
    return refuse
said = open(os.dup(0), encoding="utf-8")  # a program that asks for input finds none, and not what is said here
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
limits = json.loads(said.readline())
for name, most in limits.items():
    resource.setrlimit(getattr(resource, name), (most, most))
sources = json.loads(said.readline())
if sys.platform == "linux":
    fence()
sys.addaudithook(guard())
space = {"__name__": "answer"}
for name, source in sources.items():
    exec(compile(source, name, "exec"), space)
sys.stdout.flush()
os.write(1, said.readline().encode())
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of it."""

    finished: bool
    """It ran to its end: then, and only then, the process repeats a word that it was not told before."""
    output: str
    """What it printed, at most a megabyte."""
    error: str = ""
    """Why it did not finish, in a line."""


def code_of(text: str) -> str:
    """The program in a model's answer: its last code fence, or all of it."""
    fenced = FENCE.findall(text[:LONGEST])
    return str(fenced[-1] if fenced else text[:LONGEST])


def run(sources: Mapping[str, str], seconds: float) -> Ran:
    """Run these, one after another and in one namespace, for at most so many seconds. Blocks. Raises nothing of theirs."""
    word = secrets.token_hex(16)
    limits = {"RLIMIT_CPU": max(1, math.ceil(seconds)), "RLIMIT_AS": MEMORY, "RLIMIT_FSIZE": FILE, "RLIMIT_CORE": 0}
    if os.geteuid() != 0:  # root's processes are not counted
        limits["RLIMIT_NPROC"] = PROCESSES
    given = "\n".join([json.dumps(limits), json.dumps(dict(sources)), word])
    with tempfile.TemporaryDirectory() as folder:
        said, error, ended = _process(given.encode("utf-8", "replace"), folder, seconds)
    printed = said.decode("utf-8", "replace")
    if ended and printed.endswith(word):
        return Ran(True, printed.removesuffix(word))
    last = error.decode("utf-8", "replace").strip().splitlines()[-1:] or ["ended before it was done"]
    return Ran(False, printed, last[0][:200] if ended else f"took more than {seconds:g} s")


def _process(given: bytes, folder: str, seconds: float) -> tuple[bytes, bytes, bool]:
    command = [*alone(), sys.executable, "-I", "-S", "-B", "-X", "utf8", "-c", HARNESS]
    with (
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=out, stderr=err, cwd=folder, env={}, start_new_session=True
        ) as process,
    ):
        try:
            process.communicate(given, timeout=seconds)
            ended = True
        except subprocess.TimeoutExpired:
            ended = False
        finally:
            _end(process)
        out.seek(0)
        err.seek(0)
        return out.read(FILE), err.read(FILE), ended


def _end(process: subprocess.Popen[bytes]) -> None:
    """The process and whatever it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


@cache
def isolated() -> bool:
    """Whether a program here has neither network nor files of ours, whatever it does."""
    if sys.platform != "linux" or not alone():
        return False
    import ctypes

    return bool(ctypes.CDLL(None).syscall(444, None, 0, 1) >= 1)  # the kernel's version of Landlock


@cache
def alone() -> tuple[str, ...]:
    """What runs a command without any network, where the kernel lets us; else nothing."""
    command = ("unshare", "--map-root-user", "--net", "--pid", "--fork", "--kill-child")
    try:
        done = subprocess.run([*command, "true"], capture_output=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return command if done.returncode == 0 else ()
