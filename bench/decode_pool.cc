// Pictures, and what is left of them after damage, through the real decoder
// pool; and what the pool costs. Prints one JSON object.
//
//   decode_pool inputs FILES COUNT DEADLINE_MS [FIRST_SEED [KEPT]]
//       FILES: names, one a line. Each file as it is, then copies of the small
//       ones until COUNT inputs were sent: damaged by zzuf, and some of these
//       cut or spliced with another; the same ones every time. From another
//       first seed than 1: copies alone. KEPT: a folder for inputs that broke
//       their decoder
//   decode_pool cost FILE REPETITIONS
//       in the pool and in this process, in turn
//   decode_pool only HASHER FILE REPETITIONS
//       in one of them (pool, in-process), for whoever counts from outside or
//       compares medians

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "bench/pool_support.h"
#include "hashvet/base/mapped_file.h"
#include "hashvet/base/metrics.h"
#include "hashvet/sandbox/decoder_pool.h"
#include "hashvet/sandbox/in_process_hasher.h"

namespace hashvet {
namespace {

using bench::At;
using bench::Bytes;
using bench::Clock;
using bench::Die;
using bench::MillisecondsSince;
using bench::OnThreads;
using bench::OrDie;

// All of the files' bytes, damaged by zzuf under a seed: the same every time.
std::vector<Bytes> Zzuffed(const std::vector<std::string>& names,
                           const std::vector<Bytes>& files, uint64_t seed) {
  std::string command =
      "zzuf -s" + std::to_string(seed) + " -r0.00004:0.02 cat --";
  for (const std::string& name : names) command += " '" + name + "'";
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) Die("zzuf: cannot be started");
  std::vector<Bytes> damaged;
  for (const Bytes& file : files) {
    Bytes& bytes = damaged.emplace_back(file.size());
    if (std::fread(bytes.data(), 1, bytes.size(), pipe) != bytes.size()) {
      Die("zzuf: gave less than it was given (is it installed?)");
    }
  }
  if (pclose(pipe) != 0 || damaged == files) Die("zzuf: damaged nothing");
  return damaged;
}

// zzuf keeps a file's length: one in four is cut, or goes on as another.
void CutOrSplice(std::vector<Bytes>& files, uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&](uint64_t bound) { return random() % bound; };
  for (Bytes& bytes : files) {
    switch (below(8)) {
      case 0:
        bytes.resize(below(bytes.size() + 1));
        break;
      case 1: {
        const Bytes other = files[below(files.size())];
        const size_t cut = below(std::min(bytes.size(), other.size()) + 1);
        bytes.resize(cut);
        bytes.insert(bytes.end(), other.begin() + static_cast<ptrdiff_t>(cut),
                     other.end());
        break;
      }
      default:
        break;
    }
  }
}

double ResidentMebibytes() {
  std::ifstream statm("/proc/self/statm");
  uint64_t pages = 0;
  statm >> pages >> pages;
  return static_cast<double>(pages *
                             static_cast<uint64_t>(sysconf(_SC_PAGESIZE))) /
         (1 << 20);
}

// What became of many inputs.
class Tally {
 public:
  // kept_folder: for inputs that broke their decoder; empty: none are kept.
  explicit Tally(std::string kept_folder)
      : kept_folder_(std::move(kept_folder)) {}

  // Sends them all, on all processors.
  void Send(DecoderPool& pool, const std::vector<Bytes>& inputs) {
    std::atomic<size_t> next = 0;
    OnThreads(std::thread::hardware_concurrency(), [&] {
      for (size_t i = next++; i < inputs.size(); i = next++) {
        const Clock::time_point start = Clock::now();
        const PictureHashes answer = pool.Hash(inputs[i], "", {});
        Note(answer, MillisecondsSince(start));
        if (answer.outcome == HashOutcome::kDecoderFailed) Keep(inputs[i]);
      }
    });
    sent_ += inputs.size();
  }

  size_t sent() const { return sent_; }

  void Print(size_t files, double resident_early, double seconds) const {
    uint64_t answers = 0;
    std::string text;
    for (const auto& [name, times] : outcomes_) {
      answers += times;
      text += (text.empty() ? "\"" : ", \"") + name +
              "\": " + std::to_string(times);
    }
    std::printf(
        "{\"files\": %zu, \"inputs\": %zu, \"answers\": %llu, "
        "\"inconsistent\": %llu, \"longest_ms\": %.1f, \"seconds\": %.1f, "
        "\"resident_early_mib\": %.1f, \"resident_mib\": %.1f, "
        "\"crashes\": %llu, \"restarts\": %llu, \"outcomes\": {%s}}\n",
        files, sent_, static_cast<unsigned long long>(answers),
        static_cast<unsigned long long>(inconsistent_), longest_ms_, seconds,
        resident_early, ResidentMebibytes(),
        static_cast<unsigned long long>(
            GetCounter("hashvet_decoder_crashes_total").value()),
        static_cast<unsigned long long>(
            GetCounter("hashvet_decoder_restarts_total").value()),
        text.c_str());
  }

 private:
  // What broke a decoder, to be looked at.
  void Keep(const Bytes& input) {
    const std::lock_guard lock(mutex_);
    if (kept_folder_.empty() || kept_ >= 100) return;
    std::ofstream file(kept_folder_ + "/" + std::to_string(kept_++),
                       std::ios::binary);
    file.write(reinterpret_cast<const char*>(input.data()),
               static_cast<std::streamsize>(input.size()));
  }

  void Note(const PictureHashes& answer, double took_ms) {
    const std::lock_guard lock(mutex_);
    ++outcomes_[std::string(NameOf(answer.outcome))];
    if ((answer.outcome == HashOutcome::kHashed) != answer.status.ok()) {
      ++inconsistent_;
    }
    longest_ms_ = std::max(longest_ms_, took_ms);
  }

  std::mutex mutex_;
  std::map<std::string, uint64_t> outcomes_;
  uint64_t inconsistent_ = 0;  // a hash and an error, or neither
  double longest_ms_ = 0;
  size_t sent_ = 0;
  const std::string kept_folder_;
  size_t kept_ = 0;
};

int Inputs(const std::string& list, uint64_t count, uint32_t deadline_ms,
           uint64_t first_seed, const std::string& kept_folder) {
  constexpr size_t kMostDamagedBytes = 200'000;
  std::vector<std::string> small_names;
  std::vector<Bytes> small;
  std::vector<Bytes> files;
  std::ifstream names(list);
  for (std::string name; std::getline(names, name);) {
    auto bytes = ReadFile(name, size_t{4} << 20);
    if (!bytes.ok()) continue;
    if (bytes->size() <= kMostDamagedBytes) {
      small_names.push_back(name);
      small.push_back(*bytes);
    }
    files.push_back(*std::move(bytes));
  }
  if (small.empty()) Die("no file can be read: " + list);
  const auto pool = OrDie(
      DecoderPool::Start({.deadline_ms = deadline_ms, .breaker_crashes = 0}));
  Tally tally(kept_folder);
  double resident_early = 0;
  const Clock::time_point begin = Clock::now();
  files.resize(first_seed > 1 ? 0 : std::min<size_t>(files.size(), count));
  tally.Send(*pool, files);
  for (uint64_t seed = first_seed; tally.sent() < count; ++seed) {
    std::vector<Bytes> damaged = Zzuffed(small_names, small, seed);
    CutOrSplice(damaged, seed);
    damaged.resize(std::min<size_t>(damaged.size(), count - tally.sent()));
    tally.Send(*pool, damaged);
    if (tally.sent() <= count / 4) resident_early = ResidentMebibytes();
  }
  tally.Print(files.size(), resident_early, MillisecondsSince(begin) / 1000);
  return 0;
}

// Processor time of the processes below `process` and of those of their
// children that ended, to 10 ms.
double SecondsBelow(int process) {
  std::ifstream children("/proc/" + std::to_string(process) + "/task/" +
                         std::to_string(process) + "/children");
  double seconds = 0;
  for (int child = 0; children >> child;) {
    std::ifstream file("/proc/" + std::to_string(child) + "/stat");
    std::string stat;
    std::getline(file, stat);
    // Behind the name: the state is field 3, times are fields 14 to 17.
    std::istringstream fields(
        stat.substr(std::min(stat.rfind(')') + 1, stat.size())));
    std::string skipped;
    for (int field = 3; field < 14; ++field) fields >> skipped;
    uint64_t ticks = 0;
    for (uint64_t time = 0, i = 0; i < 4 && fields >> time; ++i) ticks += time;
    seconds +=
        static_cast<double>(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
    seconds += SecondsBelow(child);
  }
  return seconds;
}

double OwnSeconds() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) +
           static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Processor milliseconds of a picture, here and in the pool's processes.
struct ProcessorTime {
  double sandboxed_ms = 0;
  double in_process_ms = 0;
};

// In short turns, so that both meet the same noise. On a busy machine this is
// what can be told: waiting for a processor is not in it.
ProcessorTime Compare(DecoderPool& pool, PictureHasher& plain,
                      const Bytes& picture, int repetitions) {
  constexpr int kTurn = 5;
  double sandboxed = -SecondsBelow(pool.process());
  double in_process = 0;
  for (int done = 0; done < repetitions; done += kTurn) {
    double start = OwnSeconds();
    for (int i = 0; i < kTurn; ++i) pool.Hash(picture, "", {});
    sandboxed += OwnSeconds() - start;
    start = OwnSeconds();
    for (int i = 0; i < kTurn; ++i) plain.Hash(picture, "", {});
    in_process += OwnSeconds() - start;
  }
  sandboxed += SecondsBelow(pool.process());
  const int pictures = (repetitions + kTurn - 1) / kTurn * kTurn;
  return {1000 * sandboxed / pictures, 1000 * in_process / pictures};
}

// Pictures a second with all processors at work.
double Throughput(PictureHasher& hasher, const Bytes& picture,
                  int repetitions) {
  std::atomic<int> left = repetitions;
  const Clock::time_point begin = Clock::now();
  OnThreads(std::thread::hardware_concurrency(), [&] {
    while (left-- > 0) hasher.Hash(picture, "", {});
  });
  return repetitions * 1000.0 / MillisecondsSince(begin);
}

int Cost(const std::string& file, int repetitions) {
  const Bytes picture = OrDie(ReadFile(file, size_t{64} << 20));
  const auto pool = OrDie(DecoderPool::Start());
  const auto plain = OrDie(MakeInProcessHasher());
  const PictureHashes a = pool->Hash(picture, "", {});
  const PictureHashes b = plain->Hash(picture, "", {});
  if (a.outcome != HashOutcome::kHashed ||
      a.pdq.orientations != b.pdq.orientations) {
    Die("the two answers differ: " + file);
  }
  std::vector<double> sandboxed_ms;
  std::vector<double> plain_ms;
  std::vector<double> sandboxed_rate;
  std::vector<double> plain_rate;
  for (int i = 0; i < repetitions; ++i) {  // in turn: both meet the same noise
    Clock::time_point start = Clock::now();
    pool->Hash(picture, "", {});
    sandboxed_ms.push_back(MillisecondsSince(start));
    start = Clock::now();
    plain->Hash(picture, "", {});
    plain_ms.push_back(MillisecondsSince(start));
  }
  const ProcessorTime processor = Compare(*pool, *plain, picture, repetitions);
  for (int i = 0; i < 5; ++i) {
    sandboxed_rate.push_back(Throughput(*pool, picture, repetitions));
    plain_rate.push_back(Throughput(*plain, picture, repetitions));
  }
  std::printf(
      "{\"sandboxed_ms\": %.3f, \"in_process_ms\": %.3f, "
      "\"overhead_ms\": %.3f, \"throughput_part\": %.3f, "
      "\"sandboxed_processor_ms\": %.3f, \"in_process_processor_ms\": %.3f}\n",
      At(sandboxed_ms, 0.5), At(plain_ms, 0.5),
      At(sandboxed_ms, 0.5) - At(plain_ms, 0.5),
      At(sandboxed_rate, 0.5) / At(plain_rate, 0.5), processor.sandboxed_ms,
      processor.in_process_ms);
  return 0;
}

int Only(const std::string& hasher, const std::string& file, int repetitions) {
  const Bytes picture = OrDie(ReadFile(file, size_t{64} << 20));
  std::unique_ptr<PictureHasher> chosen;
  if (hasher == "pool") {
    chosen = OrDie(DecoderPool::Start());
  } else {
    chosen = OrDie(MakeInProcessHasher());
  }
  std::vector<double> took_ms;
  for (int i = 0; i < repetitions; ++i) {
    const Clock::time_point start = Clock::now();
    if (chosen->Hash(picture, "", {}).outcome != HashOutcome::kHashed) {
      Die("not hashed: " + file);
    }
    took_ms.push_back(MillisecondsSince(start));
  }
  std::printf("{\"hashed\": %d, \"median_ms\": %.3f}\n", repetitions,
              At(took_ms, 0.5));
  return 0;
}

}  // namespace
}  // namespace hashvet

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() >= 4 && words.size() <= 6 && words[0] == "inputs") {
    return hashvet::Inputs(words[1], std::stoull(words[2]),
                           static_cast<uint32_t>(std::stoul(words[3])),
                           words.size() > 4 ? std::stoull(words[4]) : 1,
                           words.size() > 5 ? words[5] : "");
  }
  if (words.size() == 3 && words[0] == "cost") {
    return hashvet::Cost(words[1], std::stoi(words[2]));
  }
  if (words.size() == 4 && words[0] == "only") {
    return hashvet::Only(words[1], words[2], std::stoi(words[3]));
  }
  hashvet::bench::Die(
      "want: decode_pool inputs FILES COUNT DEADLINE_MS [FIRST_SEED [KEPT]] | "
      "cost FILE REPETITIONS | only HASHER FILE REPETITIONS");
}
