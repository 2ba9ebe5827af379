"""The adapter beside what it stands in for: the same questions to both, of the
installed package threatexchange, whose own classes are the definition.
"""

import io
import pickle
import random
import sys
import threading
import unittest

from hashvet import threatexchange as ours
from PIL import Image
from support import png, scene
from threatexchange.signal_type.pdq import pdq_faiss_matcher, pdq_index
from threatexchange.signal_type.pdq import pdq_index2, signal as their_signal

MAX_ID = 2**63 - 1  # theirs cannot look a larger one's hash up


def near(digits, flips, chance):
    value = int(digits, 16)
    for bit in chance.sample(range(256), flips):
        value ^= 1 << bit
    return f"{value:064x}"


def hashes(count, seed):
    """Random ones, near copies of them, and some twice."""
    chance = random.Random(seed)
    made = []
    for i in range(count):
        if i % 4 == 0 or not made:
            made.append(f"{chance.getrandbits(256):064x}")
        elif i % 4 == 3:
            made.append(chance.choice(made))
        else:
            made.append(near(chance.choice(made), chance.randrange(1, 60),
                             chance))
    return made


def told(matches):
    return sorted((m.similarity_info.distance, str(m.metadata))
                  for m in matches)


class TestIndexes(unittest.TestCase):
    PAIRS = ((ours.PDQIndex, pdq_index.PDQIndex),
             (ours.PDQFlatIndex, pdq_index.PDQFlatIndex),
             (ours.PDQIndex2, pdq_index2.PDQIndex2))

    def test_queries_give_what_theirs_give(self):
        listed = hashes(600, seed=1)
        entries = [(digits, {"entry": i}) for i, digits in enumerate(listed)]
        chance = random.Random(2)
        queries = (listed[::9] + hashes(20, seed=3) +
                   [near(chance.choice(listed), flips, chance)
                    for flips in (1, 20, 30, 31, 32, 33, 50, 52, 53)])
        for mine, theirs in self.PAIRS:
            a, b = mine.build(entries[:400]), theirs.build(entries[:400])
            found = 0
            for step in range(3):
                self.assertEqual(len(a), len(b))
                for query in queries:
                    got = told(a.query(query))
                    self.assertEqual(got, told(b.query(query)), mine)
                    found += len(got)
                if step == 0:
                    a.add_all(entries[400:])
                    b.add_all(entries[400:])
                elif step == 1:
                    for index in (a, b):
                        index.add(queries[-1], "one more")
            self.assertGreater(found, 500)

    def test_they_are_empty_serialized_and_disposed_of_as_theirs(self):
        for mine, theirs in self.PAIRS:
            for cls in (mine, theirs):
                empty = cls()
                self.assertEqual((len(empty), list(empty.query("0" * 64))),
                                 (0, []))
                empty.add_all([])
                index = cls.build([("f" * 64, "a"), ("0" * 64, "b")])
                stream = io.BytesIO()
                index.serialize(stream)
                stream.seek(0)
                again = cls.deserialize(stream)
                self.assertEqual(told(again.query("f" * 63 + "0")), [(4, "a")])
                again.add("f" * 64, "c")
                self.assertEqual(told(again.query("f" * 64)),
                                 [(0, "a"), (0, "c")])
                self.assertEqual(told(index.query("f" * 64)), [(0, "a")])
            index = mine.build([("f" * 64, "a")])
            index.dispose()
            self.assertEqual((len(index), list(index.query("f" * 64))), (0, []))

    def test_a_threshold_of_one_s_own(self):
        entry = near("a" * 64, 20, random.Random(4))
        for cls in (ours.PDQIndex2, pdq_index2.PDQIndex2):
            for threshold, count in ((19, 0), (20, 1)):
                index = cls(entries=[(entry, "x")], threshold=threshold)
                self.assertEqual(len(index.query("a" * 64)), count)
        with self.assertRaisesRegex(TypeError, "index: got object"):
            ours.PDQIndex2(object())

    def test_a_malformed_hash_changes_nothing(self):
        for cls, _ in self.PAIRS:
            index = cls.build([("f" * 64, "a")])
            for bad in ("0" * 32, "0" * 63, "x" * 64, "", None, 7):
                with self.assertRaisesRegex(ValueError, r"hashes\[1\]: got what"):
                    index.add_all([("0" * 64, "b"), (bad, "c")])
                with self.assertRaisesRegex(ValueError, r"hashes\[0\]"):
                    index.query(bad)
            self.assertEqual(len(index), 1)
            self.assertEqual(told(index.query("f" * 64)), [(0, "a")])
            self.assertEqual(list(index.query("0" * 64)), [])

    def test_threads_may_ask_and_add_at_once(self):
        listed = list(dict.fromkeys(hashes(8000, seed=7)))
        self.addCleanup(sys.setswitchinterval, sys.getswitchinterval())
        sys.setswitchinterval(1e-5)
        for cls, _ in self.PAIRS:
            index = cls.build((h, h) for h in listed[:10])
            wrong, stop = [], threading.Event()

            def ask():
                try:
                    chance = random.Random(8)
                    while not stop.is_set():
                        # What is told belongs to the hash it stands for.
                        query = chance.choice(listed)
                        for match in index.query(query):
                            at = bin(int(match.metadata, 16) ^
                                     int(query, 16)).count("1")
                            if at != match.similarity_info.distance:
                                wrong.append(match)
                except Exception as error:
                    wrong.append(error)

            def add(part):
                for begin in range(0, len(part), 7):
                    index.add_all((h, h) for h in part[begin:begin + 7])

            askers = [threading.Thread(target=ask) for _ in range(2)]
            adders = [threading.Thread(target=add, args=(listed[10 + i::2],))
                      for i in range(2)]
            for thread in askers + adders:
                thread.start()
            for thread in adders:
                thread.join()
            stop.set()
            for thread in askers:
                thread.join()
            self.assertEqual(wrong, [])
            self.assertEqual(len(index), len(listed))
            for digits in listed[::97]:
                self.assertIn((0, digits), told(index.query(digits)))


class TestHashIndexes(unittest.TestCase):
    PAIRS = ((ours.PDQFlatHashIndex, pdq_faiss_matcher.PDQFlatHashIndex),
             (ours.PDQMultiHashIndex, pdq_faiss_matcher.PDQMultiHashIndex))

    def test_searches_give_what_theirs_give(self):
        listed = sorted(set(hashes(300, seed=5)))
        plain = list(range(len(listed)))
        custom = [MAX_ID - 7 * i for i in plain]
        queries = listed[::5] + hashes(9, seed=6) + ["a" * 64]
        for mine, theirs in self.PAIRS:
            for ids in (plain, custom):
                a, b = mine(), theirs()
                for index in (a, b):
                    index.add(listed[:100], ids[:100])
                    index.add(listed[100:], ids[100:])
                self.assertEqual(a.faiss_index.ntotal, b.faiss_index.ntotal)
                for place in (0, 99, 100, len(listed) - 1):
                    self.assertEqual(a.hash_at(ids[place]), listed[place])
                    self.assertEqual(b.hash_at(ids[place]), listed[place])
                copy = pickle.loads(pickle.dumps(a))
                self.assertNotEqual(copy.faiss_index, a.faiss_index)
                for index in (a, copy):
                    for within in (0, 16, 31, 60):
                        for as_ids in (False, True):
                            self.assertEqual(
                                [sorted(r) for r in
                                 index.search(queries, within, as_ids)],
                                [sorted(r) for r in
                                 b.search(queries, within, as_ids)])
                want = b.search_with_distance_in_result(queries, 31)
                got = a.search_with_distance_in_result(queries, 31)
                self.assertEqual(
                    {q: sorted(hits) for q, hits in got.items()},
                    {q: sorted((i, h, int(d)) for i, h, d in hits)
                     for q, hits in want.items()})

    def test_far_and_nothing(self):
        for mine, _ in self.PAIRS:
            index = mine()
            self.assertEqual(index.search(["0" * 64], 31), [[]])
            index.add([b"0" * 64, "f" * 64], [1, 2])
            self.assertEqual(index.search(["0" * 64], 255), [["0" * 64]])
            self.assertEqual(index.search(["0" * 64], 999, True), [[1, 2]])
            self.assertEqual(index.search(["0" * 64], -1), [[]])
            self.assertEqual(index.search([], 31), [])
            with self.assertRaises(KeyError):
                index.hash_at(3)
            with self.assertRaisesRegex(ValueError, "got 1, want 2"):
                index.add(["1" * 64, "2" * 64], [3])
            self.assertEqual(index.faiss_index.ntotal, 2)
            index.add(["1" * 64], [2**64 - 1])
            self.assertEqual(index.hash_at(2**64 - 1), "1" * 64)
            index.dispose()
            self.assertEqual(index.faiss_index.ntotal, 0)


class TestSignal(unittest.TestCase):
    def test_it_is_the_signal_type_that_theirs_is(self):
        mine, theirs = ours.PdqSignal, their_signal.PdqSignal
        self.assertTrue(issubclass(mine, theirs))
        self.assertEqual(mine.get_name(), theirs.get_name())
        self.assertIs(mine.get_index_cls(), ours.PDQIndex)
        examples = mine.get_examples()
        for first in examples[:4]:
            for second in examples:
                a, b = (cls.compare_hash(first, second)
                        for cls in (mine, theirs))
                self.assertEqual((a.match, a.distance.distance),
                                 (b.match, b.distance.distance))
        index = mine.get_index_cls().build((e, e) for e in examples)
        self.assertEqual(
            told(index.query(examples[0])),
            told(theirs.get_index_cls().build((e, e) for e in examples)
                 .query(examples[0])))

    def test_pictures_hash_to_theirs_or_a_few_bits_beside(self):
        for seed in range(6):
            data = png(scene(seed))
            a, b = (cls.hash_from_bytes(data)
                    for cls in (ours.PdqSignal, their_signal.PdqSignal))
            self.assertLessEqual(
                ours.PdqSignal.compare_hash(a, b).distance.distance, 10)
        flat = io.BytesIO()
        Image.new("RGB", (100, 100), (90, 90, 90)).save(flat, "PNG")
        for cls in (ours.PdqSignal, their_signal.PdqSignal):
            self.assertEqual(cls.hash_from_bytes(flat.getvalue()), "")
            with self.assertRaises(Exception):
                cls.hash_from_bytes(b"no picture")
        with self.assertRaisesRegex(ValueError, "unsupported: "):
            ours.PdqSignal.hash_from_bytes(b"no picture")


if __name__ == "__main__":
    unittest.main()
