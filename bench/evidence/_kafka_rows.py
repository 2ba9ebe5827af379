"""The promises of hashvet-kafka on a real broker."""

import contextlib
import json
import os
import random
import statistics
import subprocess
import time

from _gtest import RELEASE
from _kafka import (LOAD, PASSWORD, WORKER, Broker, Worker, authority,
                    cpu_seconds, missing)
from _memory import mapped_pss_bytes
from _table import run_json

RATE_ITEMS = 200_000


def publish(folder, name, count, step, lists="lists"):
    """Items 0, step, 2 * step … are on the list. Its version."""
    text, built = folder / "list.txt", folder / f"{name}.hvs"
    with open(text, "w") as file:
        subprocess.run([LOAD, "list", "0", str(count), str(step)], check=True,
                       stdout=file)
    hashvet = RELEASE / "bin" / "hashvet"
    said = subprocess.run([hashvet, "snapshot", "build", "-o", built, "--name",
                           name, text], check=True, capture_output=True,
                          text=True).stdout
    go_live(folder / lists, built)
    return said.split()[-1]


def go_live(lists, built):
    lists.mkdir(mode=0o700, exist_ok=True)
    subprocess.run([RELEASE / "bin" / "hashvet", "snapshot", "publish",
                    "--lists", lists, built], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def arguments(broker, lists, tag, properties=None):
    return ["--properties", properties or broker.properties, "--input",
            f"in-{tag}", "--results", f"out-{tag}", "--dead-letters",
            f"dead-{tag}", "--group", f"group-{tag}", "--lists", lists,
            "--hashes", "--threads", "1"]


def two_workers(broker, folder, lists, tag, *more):
    return [Worker(folder, f"{tag}-{i}",
                   [*arguments(broker, lists, tag), *more]) for i in "ab"]


def rate(table, broker, folder, known, entries):
    """known: the large list, a snapshot file."""
    what = (f"{RATE_ITEMS:,} hash messages, 1 broker, 4 partitions, 2 workers, "
            f"{entries:,} entries, sender, broker and reader beside: messages "
            "a second, from the first sent to the last answer read")
    go_live(folder / "large", known)
    publish(folder, "some", RATE_ITEMS // 100, 100, "few")
    large = max((folder / "large").glob("*.hvs"),
                key=lambda file: file.stat().st_size)
    rates, cpus = [], []
    # The first is not counted: Java compiles the broker meanwhile.
    for i in range(2 if table.short else 4):
        tag = f"rate-{i}"
        broker.create(f"in-{tag}", f"out-{tag}", f"dead-{tag}")
        workers = two_workers(broker, folder, folder / "large", tag,
                              "--lists", folder / "few")
        for worker in workers:
            worker.start()
        joined = all(w.wait_for_partitions(2) for w in workers)
        processes = [broker.process, *(w.process for w in workers)]
        before = [cpu_seconds(p) for p in processes]
        report = run_json([LOAD, "run", broker.properties, f"in-{tag}",
                           f"out-{tag}", f"dead-{tag}", RATE_ITEMS, 0, 60])
        used = [cpu_seconds(p) - b for p, b in zip(processes, before)]
        own = max(worker.own_bytes() for worker in workers)
        mapped = sum(mapped_pss_bytes(worker.process.pid, large)[0]
                     for worker in workers)
        codes = [worker.stop() for worker in workers]
        if (not joined or report is None or codes != [0, 0] or
                report["answered"] != RATE_ITEMS or report["conflicts"] or
                report["matches"] != RATE_ITEMS // 100):
            table.add(what, f"failed: {joined}, {codes}, {report}",
                      ">= 30,000", False)
            return
        if i > 0:
            rates.append(report["answered"] / report["seconds"])
            cpus.append((used[0], sum(used[1:]), report["cpu_seconds"],
                         report["seconds"]))
    middle = statistics.median(rates)
    table.add(what, f"{middle:,.0f} (runs: "
              f"{', '.join(f'{rate:,.0f}' for rate in rates)}; "
              f"{report['matches']:,} matches in each, all answered)",
              ">= 30,000", middle >= 30_000, timing=True)
    per_run = [statistics.median(column) for column in zip(*cpus)]
    table.note("processor time in such a run: broker, both workers, sender "
               "and reader, of wall clock x processors",
               f"{per_run[0]:.1f}, {per_run[1]:.1f}, {per_run[2]:.1f} of "
               f"{per_run[3] * os.cpu_count():.1f} s; a message costs the "
               f"workers {per_run[1] / RATE_ITEMS * 1e6:.0f} us and the broker "
               f"{per_run[0] / RATE_ITEMS * 1e6:.0f} us")
    size = large.stat().st_size
    table.add("the list in the memory of both workers, in copies of the file "
              "(PSS)", f"{mapped / size:.2f} ({mapped / 2**20:.0f} of "
              f"{size / 2**20:.0f} MiB)", "<= 1 copy",
              0 < mapped <= size * 1.001)
    table.note("memory of a worker's own after it, without the lists",
               f"{own / 2**20:.0f} MiB")


STEP = 10  # every tenth item is on the list, up to how many it holds


def small_list(folder, count):
    """Goes live; {its version: how many it holds}."""
    return {publish(folder, "small", count, STEP): count}


def wrong_answers(answers, held):
    """Of a file of kafka_load's: outcomes that are not what the list of the
    version in their key holds. held: {version: how many}."""
    wrong = 0
    for line in answers.read_text().splitlines():
        key, outcome = line.split("\t")
        item, version = json.loads(key)
        place, rest = divmod(int(item.removeprefix("item-")), STEP)
        on_it = rest == 0 and place < held.get(version, 0)
        wrong += version not in held or \
            outcome != ("match" if on_it else "no_match")
    return wrong


def disturb(rng, broker, folder, workers, seconds, restart_broker, held):
    """What may happen in mid-stream; how often each did. Lists that go live
    are added to `held`."""
    counts = dict.fromkeys(("kill", "rebalance", "swap", "broker"), 0)
    end = time.monotonic() + seconds
    when_broker = end - seconds / 2
    version = 0
    while time.monotonic() < end:
        time.sleep(rng.uniform(0.05, 0.7))
        what = rng.choice(("kill", "rebalance", "swap"))
        if restart_broker and time.monotonic() > when_broker:
            restart_broker = False
            what = "broker"
            broker.stop()
            broker.start()
        elif what == "swap":
            version += 1
            held |= small_list(folder, 500 + version)
        else:
            worker = rng.choice(workers)
            worker.kill() if what == "kill" else worker.stop()
            time.sleep(rng.uniform(0, 0.3))
            worker.start()
        counts[what] += 1
    return counts


def mid_stream(table, broker, folder):
    runs = 2 if table.short else 20
    items = 10_000
    rng = random.Random(9)
    lost = wrong = distinct_fails = letters = bad_ends = replays = 0
    versions = answered = 0
    happened = dict.fromkeys(("kill", "rebalance", "swap", "broker"), 0)
    held = small_list(folder, 500)
    for run in range(runs):
        tag = f"run-{run}"
        answers = folder / f"{tag}.answers"
        broker.create(f"in-{tag}", f"out-{tag}", f"dead-{tag}")
        workers = two_workers(broker, folder, folder / "lists", tag)
        for worker in workers:
            worker.start()
        load = subprocess.Popen(
            [LOAD, "run", broker.properties, f"in-{tag}", f"out-{tag}",
             f"dead-{tag}", str(items), "1500", "90", answers],
            stdout=subprocess.PIPE, text=True)
        time.sleep(1)
        for what, count in disturb(rng, broker, folder, workers, 6,
                                   run % 4 == 1, held).items():
            happened[what] += count
        out, _ = load.communicate()
        report = json.loads(out.splitlines()[-1])
        codes = [worker.stop() for worker in workers]
        lost += (report["items"] - report["poison"] - report["answered"])
        letters += report["poison"] - report["dead_letters"]
        wrong += wrong_answers(answers, held)
        distinct_fails += report["conflicts"]
        replays += report["records"] - report["keys"]
        versions += report["versions"]
        answered += report["answered"]
        bad_ends += codes != [0, 0]
    table.add(
        f"{runs} runs of {items:,} messages, 2 workers disturbed in "
        "mid-stream: items without an answer, answers that are not what the "
        "list of their version holds, poison without a dead letter, answers "
        "that differ under one id and version, workers that end badly",
        f"{lost}, {wrong}, {letters}, {distinct_fails}, {bad_ends} ({answered:,} "
        f"answered under {versions} list versions, {replays:,} replays; "
        f"{happened['kill']} kill -9, {happened['rebalance']} clean restarts, "
        f"{happened['swap']} list swaps, {happened['broker']} broker "
        "restarts)", "0, 0, 0, 0, 0",
        lost == wrong == letters == distinct_fails == bad_ends == 0 and
        answered == runs * (items - items // 1000) and
        all(happened[k] for k in ("kill", "rebalance", "swap")) and
        (table.short or happened["broker"] >= 5))


def refusals(table, broker, folder):
    """At the start: one line and the contract's exit code, no secret in it."""
    sasl = folder / "sasl.properties"
    said = []

    def ends(tag, properties=None):
        done = subprocess.run(
            [WORKER, *map(str, arguments(broker, folder / "lists", tag,
                                         properties)),
             "--connect-timeout-ms", "15000"],
            capture_output=True, text=True, timeout=60)
        said.append(done.stderr)
        return done.returncode

    def credentials(password):
        sasl.touch(mode=0o600)
        sasl.write_text(
            f"bootstrap.servers=127.0.0.1:{broker.sasl_port}\n"
            "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\n"
            f"sasl.username=worker\nsasl.password={password}\n")

    missing_topic = ends("nowhere")
    credentials("wrong-" + PASSWORD)
    refused = ends("run-0", sasl)
    credentials(PASSWORD)
    worker = Worker(folder, "sasl", arguments(broker, folder / "lists",
                                              "run-0", sasl))
    worker.start()
    joined = worker.wait_for_partitions(4)
    namesake = Worker(folder, "sasl", worker.arguments[5:])
    namesake.start()
    try:
        fenced = worker.process.wait(60)
    except subprocess.TimeoutExpired:
        fenced = None
    code = namesake.stop()
    clean = not any(PASSWORD in text
                    for text in said + [worker.errors.read_text()])
    table.add("a topic that does not exist, credentials refused, credentials "
              "taken (SASL PLAIN), another process under the instance's name: "
              "exit codes, passwords told",
              f"{missing_topic}, {refused}, {code} (joined: {joined}), "
              f"{fenced}, {'none' if clean else 'SOME'}",
              "2, 11, 0, 15, none",
              (missing_topic, refused, code, fenced) == (2, 11, 0, 15) and
              joined and clean)


def encrypted(table, broker, folder):
    """SASL over TLS: proved both ways, or refused."""
    client, said = folder / "tls.properties", []

    def tls(authority_, password):
        client.touch(mode=0o600)
        client.write_text(
            f"bootstrap.servers=127.0.0.1:{broker.tls_port}\n"
            "security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\n"
            f"ssl.ca.location={authority_}\n"
            f"sasl.username=worker\nsasl.password={password}\n")

    def ends():
        done = subprocess.run(
            [WORKER, *map(str, arguments(broker, folder / "lists", "tls",
                                         client)),
             "--connect-timeout-ms", "15000"],
            capture_output=True, text=True, timeout=60)
        said.append(done.stderr)
        return done.returncode

    broker.create("in-tls", "out-tls", "dead-tls")
    tls(authority(folder, "another"), PASSWORD)
    unproved = ends()
    tls(broker.authority, "wrong-" + PASSWORD)
    refused = ends()
    tls(broker.authority, PASSWORD)
    worker = Worker(folder, "tls", arguments(broker, folder / "lists", "tls",
                                             client))
    worker.start()
    report = run_json([LOAD, "run", client, "in-tls", "out-tls", "dead-tls",
                       1000, 0, 30])
    answered = report["answered"] if report else 0
    code = worker.stop()
    clean = not any(PASSWORD in text
                    for text in said + [worker.errors.read_text()])
    told = "verify failed" in said[0] and "uthentication" in said[1]
    table.add("TLS: a broker whose authority is not ours, a wrong password, "
              "both right: exit codes, why is told, passwords told, of 1,000 "
              "messages answered",
              f"{unproved}, {refused}, {code}, {told}, "
              f"{'none' if clean else 'SOME'}, {answered:,}",
              "11, 11, 0, True, none, all",
              (unproved, refused, code, answered) == (11, 11, 0, 1000) and
              told and clean)


def poison(table, broker, folder):
    root = folder / "root"
    root.mkdir()
    (folder / "secret").write_text("not yours")
    (root / "link").symlink_to(folder / "secret")
    broker.create("in-poison", "out-poison", "dead-poison", partitions=1)
    value = "0123456789abcdef" * 4
    good = f'{{"v":1,"id":"%s","kind":"pdq","hash":"{value}"}}'
    messages = {
        "no json": "not_json", '{"v":1,"id":"': "not_json",
        '{"v":2,"id":"a","blob":[{}]}': "unknown_version",
        '{"v":1,"id":"a","kind":"pdq","hash":"00"}': "bad_message",
        '{"v":1,"id":"a","colour":"red"}': "bad_message",
        (good % "b").ljust(200_000): "too_large",
        '{"v":1,"id":"a","path":"../secret"}': "path_outside_root",
        f'{{"v":1,"id":"a","path":"{folder}/secret"}}': "path_outside_root",
        '{"v":1,"id":"a","path":"link"}': "path_outside_root"}
    lines = [good % "first"]
    for i, message in enumerate(messages):
        lines += [message, good % f"item-{i}"]
    arguments_ = [a for a in arguments(broker, folder / "lists", "poison")
                  if a != "--hashes"]
    worker = Worker(folder, "poison", [*arguments_, "--root", root,
                                       "--max-message-bytes", "100000"])
    worker.start()
    subprocess.run([LOAD, "send", broker.properties, "in-poison"], check=True,
                   input="\n".join(lines) + "\n", text=True)

    def read(topic, count):
        return subprocess.run(
            [LOAD, "read", broker.properties, topic, str(count)],
            capture_output=True, text=True).stdout.splitlines()

    answers = read("out-poison", len(messages) + 1)
    letters = read("dead-poison", len(messages))
    code = worker.stop()
    wanted = sorted(f'["in-poison",0,{2 * i + 1}]\t{reason}'
                    for i, reason in enumerate(messages.values()))
    table.add("poison between good messages: no JSON, another version, wrong "
              "members, oversized, paths outside the root and a link: dead "
              "letters with their reasons, good ones answered, exit code",
              f"{len(set(letters) & set(wanted))} of {len(wanted)}, "
              f"{len(answers)} of {len(messages) + 1}, {code}",
              "all, all, 0",
              sorted(letters) == wanted and code == 0 and
              len(set(answers)) == len(messages) + 1)


@contextlib.contextmanager
def broker_in(folder):
    folder.mkdir()
    broker = Broker(folder)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


def correctness(table, broker, folder):
    mid_stream(table, broker, folder)
    poison(table, broker, folder)
    refusals(table, broker, folder)
    encrypted(table, broker, folder)


def kafka(table, scratch, known, entries):
    lacks = missing()
    if lacks:
        table.add("hashvet-kafka on a real broker", lacks, "measured", None)
        return
    folder = scratch / "kafka"
    with broker_in(folder) as broker:
        correctness(table, broker, folder)
        rate(table, broker, folder, known, entries)
