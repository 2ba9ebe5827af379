"""A power cut that is one: an ext4 image mounted through a loop device, copied
while the publisher is stopped in the middle of its work, and mounted again.

What the file system had not yet written to the device is not in the copy, as
after a power cut; mounting replays its journal.
"""

import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import tempfile
import time

IMAGE_BYTES = 48 << 20


def unavailable():
    """Why there can be no loop mounts here, or None."""
    if os.geteuid() != 0:
        return "not root"
    for tool in ("mkfs.ext4", "losetup", "mount"):
        if shutil.which(tool) is None:
            return f"no {tool}"
    with tempfile.TemporaryDirectory() as scratch:
        image = pathlib.Path(scratch) / "image"
        point = pathlib.Path(scratch) / "point"
        point.mkdir()
        _format(image)
        done = _try("mount", "-o", "loop", image, point)
        if done.returncode != 0:
            return "loop mounts are not allowed here"
        _run("umount", point)
    return None


def _run(*command):
    subprocess.run([str(part) for part in command], check=True,
                   capture_output=True)


def _try(*command):
    return subprocess.run([str(part) for part in command],
                          capture_output=True, text=True)


def _format(image):
    with open(image, "wb") as file:
        file.truncate(IMAGE_BYTES)
    # A journal committed often, so that cuts fall between commits.
    _run("mkfs.ext4", "-q", "-F", image)


class Outcome:
    def __init__(self):
        self.cuts = self.broken = self.in_the_middle = 0
        self.reasons = []


def cut_power(hashvet, snapshots, cuts, seed=1):
    """Publishes `snapshots` in turn into an image and cuts the power at random
    moments. After each cut the copy must open, to a state at least as new as
    the last one whose publishing had ended."""
    rng = random.Random(seed)
    outcome = Outcome()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        image, copy = scratch / "image", scratch / "copy"
        point, after = scratch / "point", scratch / "after"
        point.mkdir()
        after.mkdir()
        _format(image)
        _run("mount", "-o", "loop,commit=1", image, point)
        try:
            lists = point / "lists"
            lists.mkdir(mode=0o700)
            began = time.monotonic()
            done = _version(_publish(hashvet, snapshots[0], lists))
            takes_s = time.monotonic() - began
            for cut in range(cuts):
                outcome.cuts += 1
                command = _command(hashvet, snapshots[cut % len(snapshots)],
                                   lists)
                writer = subprocess.Popen(command, stdout=subprocess.PIPE,
                                          stderr=subprocess.DEVNULL, text=True)
                time.sleep(rng.uniform(0, takes_s))
                # Where it has ended, this does nothing: it is not yet waited for.
                writer.send_signal(signal.SIGSTOP)
                outcome.in_the_middle += writer.poll() is None
                shutil.copyfile(image, copy)
                writer.send_signal(signal.SIGCONT)
                ended = writer.communicate()[0]
                why = _look(hashvet, copy, after, done)
                if why:
                    outcome.broken += 1
                    outcome.reasons.append(f"cut {cut}: {why}")
                if writer.returncode == 0:
                    done = _version(ended)
        finally:
            _try("umount", point)
    return outcome


def cut_power_of_ledger(hashvet, cuts, seed=1):
    """Imports numbered entries into a ledger in an image, a transaction each
    few, and cuts the power at random moments. After each cut the ledger must be
    whole, and have every entry of the imports that had ended."""
    rng = random.Random(seed)
    outcome = Outcome()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        image, copy = scratch / "image", scratch / "copy"
        point, after = scratch / "point", scratch / "after"
        point.mkdir()
        after.mkdir()
        _format(image)
        _run("mount", "-o", "loop,commit=1", image, point)
        try:
            ledger = ["--ledger", str(point / "ledger")]
            _run(hashvet, "list", "create", "known", *ledger)
            acknowledged = 0
            takes_s = 0.05
            for cut in range(cuts):
                outcome.cuts += 1
                text = scratch / "list.csv"
                text.write_text("hash,key\n" + "".join(
                    f"{rng.randbytes(32).hex()},key-{cut}-{row}\n"
                    for row in range(200)))
                began = time.monotonic()
                writer = subprocess.Popen(
                    [str(hashvet), "list", "import", "known", str(text),
                     "--chunk", "50", *ledger], stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL)
                time.sleep(rng.uniform(0, takes_s))
                writer.send_signal(signal.SIGSTOP)
                outcome.in_the_middle += writer.poll() is None
                shutil.copyfile(image, copy)
                writer.send_signal(signal.SIGCONT)
                ended = writer.wait()
                why = _look_at_ledger(hashvet, copy, after, acknowledged)
                if why:
                    outcome.broken += 1
                    outcome.reasons.append(f"cut {cut}: {why}")
                if ended == 0:
                    acknowledged = cut + 1
                if cut == 0:
                    takes_s = time.monotonic() - began
        finally:
            _try("umount", point)
    return outcome


def _look_at_ledger(hashvet, copy, after, acknowledged):
    """Why the copy's ledger is not whole or lacks an entry, or None."""
    mounted = _try("mount", "-o", "loop", copy, after)
    if mounted.returncode != 0:
        return "the image does not mount: " + mounted.stderr.strip()
    try:
        exported = _try(hashvet, "list", "export", "known", "--all", "--ledger",
                        after / "ledger")
        if exported.returncode != 0:
            return exported.stderr.strip()
        numbers = [line.split(",")[4].split("-")[1]
                   for line in exported.stdout.splitlines()[1:]]
        for cut in range(acknowledged):
            if numbers.count(str(cut)) != 200:
                return f"{numbers.count(str(cut))} of import {cut}'s 200 entries"
        # Of the one that was cut short, whole transactions.
        left = sum(int(number) >= acknowledged for number in numbers)
        return f"{left} entries of an open import" if left % 50 else None
    finally:
        _run("umount", after)


def _command(hashvet, snapshot, lists):
    return [str(hashvet), "snapshot", "publish", "--json", "--lists",
            str(lists), str(snapshot)]


def _publish(hashvet, snapshot, lists):
    return subprocess.run(_command(hashvet, snapshot, lists), check=True,
                          capture_output=True, text=True).stdout


def _version(line):
    return json.loads(line)["version"]


def _look(hashvet, copy, after, at_least):
    """Why the copy does not serve a list that was published, or None."""
    mounted = _try("mount", "-o", "loop", copy, after)
    if mounted.returncode != 0:
        return "the image does not mount: " + mounted.stderr.strip()
    try:
        selftest = _try(hashvet, "snapshot", "selftest", "--lists",
                        after / "lists")
        if selftest.returncode != 0:
            return selftest.stderr.strip()
        manifest = (after / "lists" / "manifest").read_text()
        version = json.loads(manifest.split("\n")[0].split(" ed25519:")[0])[
            "version"]
        if version < at_least:
            return f"version {version}, and {at_least} was published before"
        return None
    finally:
        _run("umount", after)
