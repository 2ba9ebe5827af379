// What takes a process's rights away before it meets a stranger's bytes.
//
//   lane   (sees no picture's content)  cannot gain rights, no capabilities, no
//          core files, not dumpable, no file system and no network (Landlock),
//          only the system calls of lanes and children (seccomp); dies with the
//          process that forked it. Its children inherit all that.
//   child  (decodes one picture)        beside that: no descriptor but the one
//          for its record, limits on memory and processor time, and only the
//          system calls that computing needs (seccomp)

#ifndef HASHVET_SRC_DECODER_CONFINE_H_
#define HASHVET_SRC_DECODER_CONFINE_H_

#include <linux/filter.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"

namespace hashvet::decoder {

inline constexpr uint64_t kChildMemoryBytes = uint64_t{480} << 20;
inline constexpr uint64_t kChildProcessorSeconds = 2;

// Where a child writes its record; its only descriptor.
inline constexpr int kRecordDescriptor = 5;

// The kernel's version of Landlock; 0 where there is none.
uint32_t LandlockVersion();

// Whether the kernel takes seccomp filters.
bool HasSeccomp();

// A child's filter is whole in itself, and is what holds it. That its lane has
// one already makes it cheap: the kernel tries a new filter on every system
// call that the ones before it let pass, which without the lane's is 900 of
// them and three quarters of what a filter costs.
enum class FilterOf { kLane, kChild };

// Compiled once for many processes.
//
// Errors: Unavailable, where libseccomp cannot make one.
absl::StatusOr<std::vector<sock_filter>> MakeFilter(FilterOf whose);

// Ends this process when its parent ends, now or later.
void DieWithParent(int parent);

// False when something that this kernel has could not be applied: the process
// must not go on. What the kernel lacks is left out.
//
//   filter    MakeFilter's, of a lane; empty where the kernel has no seccomp
//   landlock  whether to use it, where the kernel has it
bool ConfineLane(const std::vector<sock_filter>& filter, bool landlock);

// Bytes of address space in use, for the child's limit to stand on. Before
// ConfineLane: afterwards /proc cannot be read.
uint64_t AddressSpaceBytes();

// As ConfineLane; nothing but kRecordDescriptor is open afterwards.
//
//   filter              MakeFilter's, of a child; empty where the kernel has
//                       no seccomp
//   base_address_space  of the process before it decodes; kChildMemoryBytes are
//                       allowed on top
bool ConfineChild(const std::vector<sock_filter>& filter,
                  uint64_t base_address_space);

}  // namespace hashvet::decoder

#endif  // HASHVET_SRC_DECODER_CONFINE_H_
