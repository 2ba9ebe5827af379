#include "hashvet/matcher/policy_config.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hashvet/base/mapped_file.h"
#include "hashvet/base/status.h"
#include "src/matcher/config_reader.h"

namespace hashvet {
namespace {

constexpr size_t kMaxLists = 1024;  // as a snapshot may hold
constexpr int64_t kMaxSelftestSeconds = 86'400;

constexpr ConfigReader::Choice<ListRole> kRoles[] = {
    {"match", ListRole::kMatch},
    {"ignore", ListRole::kIgnore},
    {"shadow", ListRole::kShadow}};
constexpr ConfigReader::Choice<ByteVectorMetric> kMetrics[] = {
    {"l1", ByteVectorMetric::kL1},
    {"l2", ByteVectorMetric::kL2},
    {"squared_l2", ByteVectorMetric::kSquaredL2}};
// What is done with a list that is too old.
constexpr ConfigReader::Choice<bool> kServes[] = {{"serve", true},
                                                  {"refuse", false}};

// The file's tables, from the outside in. What is wrong is told to the reader;
// what is right lands in the config.
class PolicyConfigParser {
 public:
  PolicyConfigParser(ConfigReader& reader, PolicyConfig& config)
      : reader_(reader), config_(config) {}

  void ReadFile(const toml::table& file) {
    reader_.Fields(
        file, "",
        {{"matcher", [&](const ConfigValue& at) { ReadMatcher(at); }},
         {"list", [&](const ConfigValue& at) {
            for (const toml::table* list : reader_.Tables(at)) {
              ReadList(*list);
            }
          }}});
    if (config_.lists.size() > kMaxLists) {
      reader_.Wrong(file, absl::StrCat("list: got ", config_.lists.size(),
                                       " tables, want at most ", kMaxLists));
    }
  }

 private:
  void ReadMatcher(const ConfigValue& at) {
    const toml::table* const matcher = reader_.Table(at);
    if (matcher == nullptr) return;
    reader_.Fields(*matcher, "matcher",
                   {{"selftest_every_s", [&](const ConfigValue& value) {
                       config_.selftest_every_s = reader_.Integer<uint32_t>(
                           value, 1, kMaxSelftestSeconds);
                     }}});
  }

  void ReadList(const toml::table& table) {
    ListOverride list;
    list.place = reader_.PlaceOf(table);
    ReadListFields(table, list);
    if (!table.contains("name")) {
      reader_.Wrong(table, "list: got no name, want one");
      return;
    }
    if (list.name.empty()) return;  // was told
    const auto same =
        std::ranges::find(config_.lists, list.name, &ListOverride::name);
    if (same != config_.lists.end()) {
      reader_.Wrong(table, absl::StrCat("list: got a second table of the same "
                                        "name, want one a list: the first is ",
                                        same->place));
      return;
    }
    config_.lists.push_back(std::move(list));
  }

  void ReadListFields(const toml::table& table, ListOverride& list) {
    const auto seconds = [this](std::optional<uint32_t>& field) {
      return [this, &field](const ConfigValue& at) {
        field = reader_.Seconds(at);
      };
    };
    const auto serves = [this](std::optional<bool>& field, bool serve_is) {
      return [this, &field, serve_is](const ConfigValue& at) {
        if (const auto got = reader_.Word<bool>(at, kServes)) {
          field = *got == serve_is;
        }
      };
    };
    reader_.Fields(table, "list",
                   {{"name",
                     [&](const ConfigValue& at) {
                       list.name = Checked(at, &ListPolicy::name);
                     }},
                    {"action",
                     [&](const ConfigValue& at) {
                       list.action = Checked(at, &ListPolicy::action);
                     }},
                    {"role",
                     [&](const ConfigValue& at) {
                       list.role = reader_.Word<ListRole>(at, kRoles);
                     }},
                    {"min_quality",
                     [&](const ConfigValue& at) {
                       list.min_quality = reader_.Integer<int>(at, 0, 100);
                     }},
                    {"sampled",
                     [&](const ConfigValue& at) {
                       list.sampled_ppm = reader_.Millionths(at);
                     }},
                    {"sample_seed",
                     [&](const ConfigValue& at) {
                       list.sample_seed =
                           reader_.Integer<uint64_t>(at, 0, INT64_MAX);
                     }},
                    {"late_after", seconds(list.late_after_s)},
                    {"stale_after", seconds(list.stale_after_s)},
                    {"expired_after", seconds(list.expired_after_s)},
                    {"when_stale", serves(list.refuse_stale, false)},
                    {"when_expired", serves(list.serve_expired, true)}},
                   [&](const ConfigValue& at) { return ReadKind(at, list); });
    CheckOrder(table, list);
  }

  // A name or action, under the rules of ListPolicy; empty when it breaks them.
  std::string Checked(const ConfigValue& at, std::string ListPolicy::*field) {
    const std::optional<std::string> text = reader_.Text(at);
    if (!text) return "";
    ListPolicy policy{.name = "any"};
    policy.*field = *text;
    const absl::Status status = CheckPolicy(policy);
    if (status.ok()) return *text;
    reader_.Wrong(at, status.message());
    return "";
  }

  // The given ones among themselves; with the list's own, Apply does.
  void CheckOrder(const toml::table& table, const ListOverride& list) {
    const ListPolicy policy{
        .name = "any",
        .staleness = {.late_after_s = list.late_after_s.value_or(0),
                      .stale_after_s = list.stale_after_s.value_or(0),
                      .expired_after_s = list.expired_after_s.value_or(0)}};
    if (const absl::Status status = CheckPolicy(policy); !status.ok()) {
      reader_.Wrong(table, status.message());
    }
  }

  // Whether a field of a list is a kind's table at all.
  bool ReadKind(const ConfigValue& at, ListOverride& list) {
    if (!at.node->is_table()) return false;
    const absl::StatusOr<HashKind> kind = ParseHashKind(at.key->str());
    if (!kind.ok()) {
      std::vector<std::string_view> names;
      for (const HashKindInfo& info : AllHashKinds())
        names.push_back(info.name);
      reader_.Unknown(at, "kind", names);
      return true;
    }
    const toml::table& table = *at.node->as_table();
    KindOverride of{.kind = *kind};
    const std::string path = at.Name();
    reader_.Fields(table, path,
                   {{"metric",
                     [&](const ConfigValue& value) {
                       of.metric =
                           reader_.Word<ByteVectorMetric>(value, kMetrics)
                               .value_or(of.metric);
                     }},
                    // These depend on the metric, which may come after them.
                    {"max_distance", [](const ConfigValue&) {}},
                    {"max_distance_rotated", [](const ConfigValue&) {}}});
    ReadThresholds(table, path, of);
    if (std::ranges::find(list.kinds, *kind, &KindOverride::kind) !=
        list.kinds.end()) {
      reader_.WrongKey(at, "got a second table of the same kind, want one");
      return true;
    }
    list.kinds.push_back(of);
    return true;
  }

  void ReadThresholds(const toml::table& table, const std::string& path,
                      KindOverride& of) {
    if (InfoOf(of.kind).family == HashFamily::kByteVector) {
      // There is no public right value of either.
      for (const char* needed : {"metric", "max_distance"}) {
        if (table.contains(needed)) continue;
        reader_.Wrong(table,
                      absl::StrCat(path, ".", needed, ": got none, want one"));
      }
      if (of.metric == ByteVectorMetric::kNone) return;
    } else if (table.contains("metric")) {
      reader_.Wrong(*reader_.Find(table, path, "metric"),
                    "got one, but such values are not compared under a metric");
    }
    const uint32_t max = MaxThreshold(of.kind, of.metric);
    if (const auto at = reader_.Find(table, path, "max_distance")) {
      of.max_distance = reader_.Integer<uint32_t>(*at, 0, max);
    }
    if (const auto at = reader_.Find(table, path, "max_distance_rotated")) {
      of.max_distance_rotated =
          reader_.Integer<uint32_t>(*at, 0, of.max_distance.value_or(max));
    }
  }

  ConfigReader& reader_;
  PolicyConfig& config_;
};

}  // namespace

absl::StatusOr<PolicyConfig> ParsePolicyConfig(
    std::string_view text, std::string_view name,
    std::vector<std::string>* problems) {
  ConfigReader reader(name);
  PolicyConfig config;
  const toml::table* const file =
      reader.Parse(text, kPolicyConfigMaxBytes, kPolicyConfigMaxLineBytes);
  if (file != nullptr) PolicyConfigParser(reader, config).ReadFile(*file);
  const std::vector<std::string> told = reader.Problems();
  if (problems != nullptr) {
    problems->insert(problems->end(), told.begin(), told.end());
  }
  if (!told.empty()) return absl::InvalidArgumentError(told.front());
  return config;
}

absl::StatusOr<PolicyConfig> ReadPolicyConfig(
    const std::string& path, std::vector<std::string>* problems) {
  HASHVET_ASSIGN_OR_RETURN(const std::vector<std::byte> bytes,
                           ReadFile(path, kPolicyConfigMaxBytes));
  struct stat info;
  if (path != "-" && ::stat(path.c_str(), &info) == 0 &&
      (info.st_mode & S_IWOTH) != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat("policy file: everybody may write it: ", path));
  }
  return ParsePolicyConfig(
      std::string_view(reinterpret_cast<const char*>(bytes.data()),
                       bytes.size()),
      path == "-" ? "standard input" : path, problems);
}

}  // namespace hashvet
