// Any bytes as a list, of each bare kind: nothing crashes, a reason never holds
// the text, and what was read is read back equal from our own CSV.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "hashvet/list/text_list.h"

namespace {

using hashvet::ListEntry;
using hashvet::TextListOptions;

void Check(bool holds) {
  if (!holds) std::abort();
}

std::vector<ListEntry> Read(std::string_view text,
                            const TextListOptions& options) {
  std::vector<ListEntry> entries;
  const auto report =
      hashvet::ReadTextList(text, "fuzz", options, [&entries](ListEntry entry) {
        entries.push_back(std::move(entry));
        return absl::OkStatus();
      });
  if (report.ok()) Check(report->entries == entries.size());
  if (options.skip_invalid && report.ok()) {
    Check(report->invalid.size() <= report->skipped);
  }
  return entries;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  if (size == 0) return 0;
  const auto kinds = hashvet::AllHashKinds();
  TextListOptions options;
  options.bare_kind = kinds[bytes[0] % kinds.size()].kind;
  options.skip_invalid = bytes[0] >= 0x80;
  const std::string_view text(reinterpret_cast<const char*>(bytes) + 1,
                              size - 1);
  const std::vector<ListEntry> entries = Read(text, options);

  std::string csv = std::string(hashvet::CsvHeader()) + "\n";
  for (const ListEntry& entry : entries) {
    csv += hashvet::ToCsvLine(entry) + "\n";
  }
  const std::vector<ListEntry> again = Read(csv, {});
  Check(again.size() == entries.size());
  for (size_t i = 0; i < entries.size(); ++i) {
    const auto fields = [](const ListEntry& entry) {
      return std::tie(entry.value, entry.key, entry.category, entry.quality);
    };
    Check(fields(entries[i]) == fields(again[i]));
  }
  return 0;
}
