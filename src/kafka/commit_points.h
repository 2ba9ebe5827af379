// How far the input may be committed: an offset only after the brokers have
// acknowledged the answers to it and to all before it.
//
//   taken      4 5 6 7 8      (order of the partition; offsets may have gaps)
//   answered   x x   x        acknowledged by the results' brokers
//   committed  6              the next one to read: 6 has no answer yet
//
// Pure: knows nothing of Kafka. Not thread-safe.

#ifndef HASHVET_SRC_KAFKA_COMMIT_POINTS_H_
#define HASHVET_SRC_KAFKA_COMMIT_POINTS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

namespace hashvet::kafka {

// One message that was taken, until its answer is acknowledged. A partition
// that went away and came back does not know the tickets of before.
struct Ticket {
  int32_t partition = 0;
  uint64_t assignment = 0;
  int64_t offset = 0;
};

struct CommitPoint {
  int32_t partition = 0;
  int64_t next = 0;  // the offset to read next

  friend bool operator==(const CommitPoint&, const CommitPoint&) = default;
};

class CommitPoints {
 public:
  // From now on, or anew, its messages are ours. Nothing is committed before
  // the first of them is answered.
  void Assign(int32_t partition);
  // It is another's: its tickets are forgotten, nothing of it is committed.
  void Revoke(int32_t partition);

  // An offset that is not after the last one of its partition (the log was cut,
  // or is read anew) goes back to there: tickets from there on are forgotten,
  // those of before it are answered and committed as ever. A partition that was
  // not assigned is.
  Ticket Take(int32_t partition, int64_t offset);

  // Once for a ticket; of an assignment that is over it changes nothing.
  void Acknowledge(const Ticket& ticket);

  // Whether it is still to be acknowledged: its partition is the one that it
  // was taken from, and was not read anew from there.
  bool Holds(const Ticket& ticket) const;

  // Where a commit would move something, by partition.
  std::vector<CommitPoint> Due() const;
  // That the brokers have it.
  void Committed(const CommitPoint& point);

  // Taken and not acknowledged.
  size_t open() const { return open_; }
  size_t open(int32_t partition) const;
  // The next offset that has no acknowledged answer; none before the first.
  std::optional<int64_t> position(int32_t partition) const;
  std::vector<int32_t> partitions() const;

 private:
  struct Taken {
    int64_t offset;
    uint64_t assignment;  // of its ticket
    bool acknowledged;
  };
  struct Partition {
    uint64_t assignment = 0;  // of what is taken next
    std::deque<Taken> taken;  // ascending; begins with one that is open
    size_t open = 0;
    std::optional<int64_t> last;       // taken
    std::optional<int64_t> next;       // all before it are acknowledged
    std::optional<int64_t> committed;  // as far as next went then
  };
  void Begin(Partition& partition);
  void GoBack(Partition& partition, int64_t offset);
  // In `taken`; its size where it is not open there.
  static size_t PlaceOf(const Partition& partition, const Ticket& ticket);

  std::map<int32_t, Partition> partitions_;
  uint64_t assignments_ = 0;
  size_t open_ = 0;
};

}  // namespace hashvet::kafka

#endif  // HASHVET_SRC_KAFKA_COMMIT_POINTS_H_
