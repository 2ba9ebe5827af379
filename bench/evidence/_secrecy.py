"""Does a value of a list ever leave it? A value of 32 known bytes is planted in
a list, the list is published, served and put through faults, and everything
that is left is searched for it: what was printed, the files that remain, and
the memory that a core file of the serving process would hold.
"""

import os
import pathlib
import random
import re
import subprocess
import time

SECRET = bytes(random.Random(77).randrange(256) for _ in range(32))


def forms_of(secret):
    """As bytes, reversed (rows of bits lie low byte first), and as hex."""
    return [secret, secret[::-1], secret.hex().encode(),
            secret.hex().upper().encode()]


class Search:
    def __init__(self):
        self.places = 0
        self.bytes = 0
        self.hits = []

    def look(self, where, content):
        self.places += 1
        self.bytes += len(content)
        if any(form in content for form in forms_of(SECRET)):
            self.hits.append(where)


def core_mappings(pid):
    """What a core file would hold under the kernel's default filter: memory
    that is no file's, and is not marked to be left out (dd)."""
    mappings, current = [], None
    for line in open(f"/proc/{pid}/smaps"):
        head = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ (\d+) *(.*)",
                        line)
        if head:
            current = {"begin": int(head[1], 16), "end": int(head[2], 16),
                       "mode": head[3], "file": head[4] != "0",
                       "name": head[5], "flags": ""}
            mappings.append(current)
        elif line.startswith("VmFlags:"):
            current["flags"] = line.split()[1:]
    return [m for m in mappings
            if "dd" not in m["flags"] and "r" in m["mode"]
            and (not m["file"] or "w" in m["mode"])
            and m["name"] not in ("[vvar]", "[vsyscall]")]


def look_at_core(search, pid, where):
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for mapping in core_mappings(pid):
            memory.seek(mapping["begin"])
            try:
                content = memory.read(mapping["end"] - mapping["begin"])
            except OSError:
                continue
            search.look(f"{where}: {mapping['name'] or 'memory'}", content)


def core_limit(pid):
    for line in open(f"/proc/{pid}/limits"):
        if line.startswith("Max core file size"):
            return line.split()[4]
    return "?"


def run(hashvet, scratch, rounds):
    """Returns the search, one that must find it, and the core limit of the
    serving process."""
    scratch = pathlib.Path(scratch)
    lists, temporary = scratch / "lists", scratch / "tmp"
    lists.mkdir(mode=0o700)
    temporary.mkdir()
    key = scratch / "key"
    key.write_text("7" * 64)
    key.chmod(0o600)
    rng = random.Random(1)
    search = Search()
    environment = {**os.environ, "TMPDIR": str(temporary)}

    def command(*arguments, ok=(0,)):
        done = subprocess.run([str(hashvet), *map(str, arguments)],
                              cwd=scratch, capture_output=True,
                              env=environment)
        name = " ".join(map(str, arguments[:2]))
        search.look(f"output of {name}", done.stdout)
        search.look(f"messages of {name}", done.stderr)
        if ok and done.returncode not in ok:
            raise RuntimeError(f"{name}: {done.stderr.decode()[-500:]}")
        return done

    def text(extra, count):
        lines = [f"pdq {rng.getrandbits(256):064x}" for _ in range(count)]
        return "\n".join(lines + extra) + "\n"

    # The whole known-answer test, every entry asked for, once a second.
    policy = scratch / "policy.toml"
    policy.write_text("[matcher]\nselftest_every_s = 1\n")
    policy.chmod(0o600)
    sources = []
    for number in range(2):
        source = scratch / f"source-{number}.txt"
        source.write_text(text([f"pdq {SECRET.hex()}",
                                f"sha256 {SECRET.hex()}"], 400))
        sources.append(source)
        command("snapshot", "build", "-o", f"{number}.hvs", "--name", "known",
                source)
    # A bad line that holds it, and a file named like a hash.
    bad = scratch / "bad.txt"
    bad.write_text(f"pdq {SECRET.hex()}0\n{SECRET.hex()},x,\n")
    command("snapshot", "build", "-o", "bad.hvs", bad, ok=None)
    command("snapshot", "publish", "--lists", lists, "0.hvs")

    server = subprocess.Popen(
        [str(hashvet), "match", "--watch", "--hashes", "--json", "--lists",
         str(lists), "--policy", str(policy)], cwd=scratch,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=open(scratch / "server.err", "wb"),
        env=environment)
    try:
        for number in range(rounds):
            # Near the planted value, and far from it: matched, and not.
            near = bytearray(SECRET)
            near[number % 32] ^= 1
            for query in (bytes(near).hex(), f"{rng.getrandbits(256):064x}"):
                server.stdin.write(query.encode() + b"\n")
                server.stdin.flush()
                search.look("an answer", server.stdout.readline())
            action = number % 5
            if action == 0:
                command("snapshot", "publish", "--lists", lists, "1.hvs")
            elif action == 1:
                command("snapshot", "rollback", "--lists", lists)
            elif action == 2:  # a list that is refused
                named = next(lists.glob("*.hvs"))
                content = bytearray(named.read_bytes())
                content[rng.randrange(len(content))] ^= 1
                damaged = scratch / "damaged.hvs"
                damaged.write_bytes(content)
                command("snapshot", "publish", "--lists", lists, damaged,
                        ok=None)
            elif action == 3:
                command("snapshot", "publish", "--lists", lists,
                        "--encrypt-key", f"file:{key}", "0.hvs")
                time.sleep(0.3)  # which the server cannot open
                command("snapshot", "publish", "--lists", lists, "--accept",
                        "--plain", "0.hvs")
            else:
                command("snapshot", "selftest", "--lists", lists, ok=None)
                command("snapshot", "gc", "--lists", lists)
                command("doctor", "--lists", lists, ok=None)
            time.sleep(0.05 if number else 2.5)  # past a self-test
            look_at_core(search, server.pid, "the serving process")
        limit = core_limit(server.pid)
        # The search itself: what was just asked about is there to be found.
        control = Search()
        server.stdin.write(SECRET.hex().encode() + b"\n")
        server.stdin.flush()
        server.stdout.readline()
        look_at_core(control, server.pid, "the serving process")
    finally:
        server.stdin.close()
        server.wait()
    search.look("messages of the serving process",
                (scratch / "server.err").read_bytes())
    # What is left: nothing but the lists themselves may hold it.
    for path in scratch.rglob("*"):
        expected = path.suffix == ".hvs" or path in (*sources, bad)
        if path.is_file() and not expected:
            search.look(f"the file {path.name}", path.read_bytes())
    return search, control, limit
