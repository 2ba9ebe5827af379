#!/usr/bin/env python3
"""What the Python package costs, for bench/evidence/scale.py, which runs it in a
virtual environment that has the package. Answers are compared before anything
is timed. Prints a JSON object; times are medians.

  python_rate.py batch LIST.hvs QUERIES ROUNDS   QUERIES as c_rate writes them
  python_rate.py picture pool|in-process FILE ROUNDS
  python_rate.py threatexchange ENTRIES QUERIES ROUNDS
  python_rate.py hold LIST.hvs   matches, then waits for the end of its input
"""

import json
import os
import random
import statistics
import sys
import time


def median_us(work, rounds, of=1):
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1e6 / of)
    return statistics.median(times)


def batch(snapshot, queries, rounds):
    import hashvet
    import pyarrow as pa

    data = open(queries, "rb").read()
    count = len(data) // 33
    values = pa.Array.from_buffers(
        pa.binary(32), count, [None, pa.py_buffer(data[:32 * count])])
    names = {0: "match", 1: "no_match"}
    want = [names[number] for number in data[32 * count:]]
    with hashvet.Matcher(snapshot) as matcher:
        def ask():
            return pa.record_batch(matcher.match_arrow(values))

        if ask().column("outcome").to_pylist() != want:
            sys.exit("other answers than C++'s")
        python_us = median_us(ask, int(rounds), count)
    return {"queries": count, "matches": want.count("match"),
            "python_us": python_us}


def picture(where, file, rounds):
    import hashvet

    data = open(file, "rb").read()

    def ask():
        return hashvet.hash_picture(data, kinds=(), trim=False,
                                    in_process=where == "in-process")

    hashed = ask()
    if hashed.outcome != "hashed":
        sys.exit(f"{hashed.outcome}: {hashed.message}")
    return {"python_us": median_us(lambda: ask().hash(), int(rounds))}


def threatexchange(entries, queries, rounds):
    from hashvet.threatexchange import PDQIndex
    from threatexchange.signal_type.pdq.pdq_index import PDQIndex as Theirs

    chance = random.Random(1)
    digits = os.urandom(32 * int(entries)).hex()
    listed = [(digits[64 * i:64 * i + 64], i) for i in range(int(entries))]
    asked = []
    for i in range(int(queries)):
        value = int(chance.choice(listed)[0], 16) if i % 10 == 0 else \
            chance.getrandbits(256)
        for bit in chance.sample(range(256), i % 32):
            value ^= 1 << bit
        asked.append(f"{value:064x}")

    told = []
    result = {"entries": len(listed), "queries": len(asked)}
    for name, index_class in (("ours", PDQIndex), ("theirs", Theirs)):
        began = time.perf_counter()
        index = index_class.build(listed)
        result[f"{name}_build_s"] = time.perf_counter() - began
        told.append([sorted((m.similarity_info.distance, m.metadata)
                            for m in index.query(query)) for query in asked])

        def ask():
            for query in asked:
                index.query(query)

        result[f"{name}_us"] = median_us(ask, int(rounds), len(asked))
        del index
    if told[0] != told[1]:
        sys.exit("other answers than threatexchange's")
    result["found"] = sum(map(len, told[0]))
    if result["found"] < len(asked) // 10:
        sys.exit("too little was found to compare")
    return result


def hold(snapshot):
    import hashvet

    with hashvet.Matcher(snapshot) as matcher:
        # Every part of the list is looked at.
        values = [os.urandom(32) for _ in range(20_000)]
        if set(matcher.match_many(values).outcomes()) != {"no_match"}:
            sys.exit("random values match")
        print(json.dumps({"ready": True}), flush=True)
        sys.stdin.read()
    return {"held": True}


if __name__ == "__main__":
    print(json.dumps({"batch": batch, "picture": picture,
                      "threatexchange": threatexchange, "hold": hold}[sys.argv[1]](
                          *sys.argv[2:])))
