#include "src/kafka/commit_points.h"

#include <algorithm>

namespace hashvet::kafka {

void CommitPoints::Begin(Partition& partition) {
  open_ -= partition.open;
  partition = Partition{};
  partition.assignment = ++assignments_;
}

// What was taken from there on counts no more, it comes again or is gone. What
// lies before it does not come again: it stays open until it is answered.
void CommitPoints::GoBack(Partition& partition, int64_t offset) {
  std::deque<Taken>& taken = partition.taken;
  while (!taken.empty() && taken.back().offset >= offset) {
    if (!taken.back().acknowledged) {
      --partition.open;
      --open_;
    }
    taken.pop_back();
  }
  if (taken.empty()) {
    Begin(partition);
  } else {
    partition.assignment = ++assignments_;
  }
}

void CommitPoints::Assign(int32_t partition) { Begin(partitions_[partition]); }

void CommitPoints::Revoke(int32_t partition) {
  const auto found = partitions_.find(partition);
  if (found == partitions_.end()) return;
  open_ -= found->second.open;
  partitions_.erase(found);
}

Ticket CommitPoints::Take(int32_t number, int64_t offset) {
  Partition& partition = partitions_[number];
  if (partition.assignment == 0) {
    Begin(partition);
  } else if (partition.last.has_value() && offset <= *partition.last) {
    GoBack(partition, offset);
  }
  partition.last = offset;
  partition.taken.push_back({offset, partition.assignment, false});
  ++partition.open;
  ++open_;
  return {number, partition.assignment, offset};
}

size_t CommitPoints::PlaceOf(const Partition& partition, const Ticket& ticket) {
  const auto found = std::lower_bound(
      partition.taken.begin(), partition.taken.end(), ticket.offset,
      [](const Taken& taken, int64_t offset) { return taken.offset < offset; });
  if (found == partition.taken.end() || found->offset != ticket.offset ||
      found->assignment != ticket.assignment || found->acknowledged) {
    return partition.taken.size();
  }
  return static_cast<size_t>(found - partition.taken.begin());
}

bool CommitPoints::Holds(const Ticket& ticket) const {
  const auto found = partitions_.find(ticket.partition);
  return found != partitions_.end() &&
         PlaceOf(found->second, ticket) < found->second.taken.size();
}

void CommitPoints::Acknowledge(const Ticket& ticket) {
  const auto of = partitions_.find(ticket.partition);
  if (of == partitions_.end()) return;
  Partition& partition = of->second;
  const size_t place = PlaceOf(partition, ticket);
  if (place == partition.taken.size()) return;
  partition.taken[place].acknowledged = true;
  --partition.open;
  --open_;
  while (!partition.taken.empty() && partition.taken.front().acknowledged) {
    partition.next = partition.taken.front().offset + 1;
    partition.taken.pop_front();
  }
}

std::vector<CommitPoint> CommitPoints::Due() const {
  std::vector<CommitPoint> due;
  for (const auto& [number, partition] : partitions_) {
    if (partition.next.has_value() && partition.next != partition.committed) {
      due.push_back({number, *partition.next});
    }
  }
  return due;
}

void CommitPoints::Committed(const CommitPoint& point) {
  const auto found = partitions_.find(point.partition);
  // A late word of an older commit does not hide what is due by now.
  if (found != partitions_.end()) found->second.committed = point.next;
}

size_t CommitPoints::open(int32_t partition) const {
  const auto found = partitions_.find(partition);
  return found == partitions_.end() ? 0 : found->second.open;
}

std::optional<int64_t> CommitPoints::position(int32_t number) const {
  const auto found = partitions_.find(number);
  if (found == partitions_.end()) return std::nullopt;
  const Partition& partition = found->second;
  if (!partition.taken.empty()) return partition.taken.front().offset;
  return partition.next;
}

std::vector<int32_t> CommitPoints::partitions() const {
  std::vector<int32_t> numbers;
  for (const auto& [number, partition] : partitions_) numbers.push_back(number);
  return numbers;
}

}  // namespace hashvet::kafka
