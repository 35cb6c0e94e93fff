"""Python that passes tests (`data.tests`, source with asserts): the answer's last code fence, or all of it.

It runs in a process of its own: isolated interpreter, no environment, an empty folder that is removed, limits on CPU and wall time,
memory, files and processes, and no network where the kernel allows a network namespace (Linux with `unshare`); elsewhere sockets
are only taken out of Python's reach. That stops accidents and clumsy cheats: it is no jail for determined attackers, so do not
grade the code of people who are out to harm you on a machine that matters.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
from functools import cache

from workbench.errors import BadInput
from workbench.types import Case

from ._grader import Grade, Grader

FENCE = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)```", re.DOTALL | re.IGNORECASE)
SECONDS, MEMORY, FILE, PROCESSES = 5.0, 512 * 2**20, 2**20, 0
"""Wall time; bytes of memory and of one file; further processes."""
LONGEST = 100_000
HARNESS = """
import json, os, resource, sys
limits = json.loads(sys.stdin.readline())
for name, most in limits.items():
    resource.setrlimit(getattr(resource, name), (most, most))
def refuse(event, args):
    if event.startswith(("socket.", "subprocess.", "os.exec", "os.posix_spawn", "os.fork", "os.kill", "ctypes.")):
        raise PermissionError(event + " is not allowed here")
given = json.loads(sys.stdin.readline())
sys.addaudithook(refuse)
space = {"__name__": "answer"}
exec(compile(given["code"], "answer", "exec"), space)
exec(compile(given["tests"], "tests", "exec"), space)
os.write(1, sys.stdin.readline().encode())
"""


class Code(Grader):
    def grade(self, case: Case, text: str) -> Grade:
        tests = case.data.get("tests")
        if not isinstance(tests, str) or not tests.strip():
            raise BadInput(f"case {case.prompt.id}: code needs data.tests, Python source with asserts")
        try:
            compile(tests, "tests", "exec")
        except SyntaxError as error:
            raise BadInput(f"case {case.prompt.id}: data.tests is no Python: {error}") from None
        return run(code_of(text), tests)


def code_of(text: str) -> str:
    fenced = FENCE.findall(text[:LONGEST])
    return str(fenced[-1] if fenced else text[:LONGEST])


def run(code: str, tests: str) -> Grade:
    """Right when both ran to their end: then, and only then, the process repeats a word that it was not told before."""
    word = secrets.token_hex(16)
    limits = {"RLIMIT_CPU": int(SECONDS), "RLIMIT_AS": MEMORY, "RLIMIT_FSIZE": FILE, "RLIMIT_CORE": 0}
    if os.geteuid() != 0:  # root's processes are not counted
        limits["RLIMIT_NPROC"] = PROCESSES
    given = "\n".join([json.dumps(limits), json.dumps({"code": code, "tests": tests}), word])
    with tempfile.TemporaryDirectory() as folder:
        said, error, ended = _process(given.encode("utf-8", "replace"), folder)
    if not ended:
        return Grade(0.0, f"took more than {SECONDS:g} s")
    if said.endswith(word.encode()):
        return Grade(1.0, "passes the tests")
    last = error.decode("utf-8", "replace").strip().splitlines()[-1:] or ["ended before its tests did"]
    return Grade(0.0, last[0][:200])


def _process(given: bytes, folder: str) -> tuple[bytes, bytes, bool]:
    command = [*alone(), sys.executable, "-I", "-S", "-B", "-X", "utf8", "-c", HARNESS]
    with (
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=out, stderr=err, cwd=folder, env={}, start_new_session=True
        ) as process,
    ):
        try:
            process.communicate(given, timeout=SECONDS)
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
def alone() -> tuple[str, ...]:
    """What runs a command without any network, where the kernel lets us; else nothing."""
    command = ("unshare", "--map-root-user", "--net", "--pid", "--fork", "--kill-child")
    try:
        done = subprocess.run([*command, "true"], capture_output=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return command if done.returncode == 0 else ()
