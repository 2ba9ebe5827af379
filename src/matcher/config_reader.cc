#include "src/matcher/config_reader.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hashvet/base/safe_text.h"
#include "hashvet/base/status.h"

namespace hashvet {
namespace {

constexpr size_t kMaxWordShown = 40;
constexpr uint32_t kMaxDurationSeconds = 3650u * 86'400;

// A word of the file as a message repeats it.
std::string Shown(std::string_view word) {
  return absl::StrCat("'", WithoutHashes(word.substr(0, kMaxWordShown)),
                      word.size() > kMaxWordShown ? "…'" : "'");
}

std::string Joined(std::span<const std::string_view> words) {
  return absl::StrJoin(words, ", ",
                       [](std::string* out, std::string_view word) {
                         absl::StrAppend(out, ToAbsl(word));
                       });
}

std::string_view NameOfType(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return node.is_array_of_tables() ? "an array of tables" : "an array";
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a number with a point";
    case toml::node_type::boolean:
      return "a boolean";
    default:
      return "a date or time";
  }
}

std::string GotType(const toml::node& node, absl::string_view want) {
  return absl::StrCat("got ", ToAbsl(NameOfType(node)), ", want ", want);
}

uint32_t SecondsOfUnit(char unit) {
  switch (unit) {
    case 's':
      return 1;
    case 'm':
      return 60;
    case 'h':
      return 3600;
    case 'd':
      return 86'400;
    default:
      return 0;
  }
}

}  // namespace

std::string ConfigValue::Name() const {
  return absl::StrCat(table, table.empty() ? "" : ".",
                      WithoutHashes(key->str()));
}

bool ConfigReader::CheckSize(std::string_view text, size_t max_bytes,
                             size_t max_line_bytes) {
  if (text.size() > max_bytes) {
    Add({1, 1},
        absl::StrCat("got ", text.size(), " bytes, want at most ", max_bytes));
    return false;
  }
  toml::source_index line = 1;
  for (size_t begin = 0; begin < text.size(); ++line) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    if (end - begin > max_line_bytes) {
      Add({line, 1}, absl::StrCat("got a line of ", end - begin,
                                  " bytes, want at most ", max_line_bytes));
      return false;
    }
    begin = end + 1;
  }
  return true;
}

const toml::table* ConfigReader::Parse(std::string_view text, size_t max_bytes,
                                       size_t max_line_bytes) {
  if (!CheckSize(text, max_bytes, max_line_bytes)) return nullptr;
  parsed_ = toml::parse(text);
  if (parsed_) return &parsed_.table();
  const toml::parse_error& error = parsed_.error();
  Add(error.source().begin,
      absl::StrCat("not TOML: ", WithoutHashes(error.description())));
  return nullptr;
}

void ConfigReader::Fields(
    const toml::table& table, const std::string& path,
    const std::vector<Field>& fields,
    const std::function<bool(const ConfigValue&)>& other) {
  std::vector<std::string_view> names;
  for (const Field& field : fields) names.push_back(field.name);
  for (const auto& [key, node] : table) {
    const ConfigValue at{path, &key, &node};
    const auto field = std::ranges::find(fields, key.str(), &Field::name);
    if (field != fields.end()) {
      field->read(at);
    } else if (other == nullptr || !other(at)) {
      Unknown(at, "field", names);
    }
  }
}

std::optional<ConfigValue> ConfigReader::Find(const toml::table& table,
                                              const std::string& path,
                                              std::string_view name) const {
  const auto found = table.find(name);
  if (found == table.end()) return std::nullopt;
  return ConfigValue{path, &found->first, &found->second};
}

const toml::table* ConfigReader::Table(const ConfigValue& at) {
  const toml::table* const table = at.node->as_table();
  if (table == nullptr) Wrong(at, GotType(*at.node, "a table"));
  return table;
}

std::vector<const toml::table*> ConfigReader::Tables(const ConfigValue& at) {
  std::vector<const toml::table*> tables;
  if (!at.node->is_array_of_tables()) {
    Wrong(at, GotType(*at.node, absl::StrCat("[[", at.Name(), "]] tables")));
    return tables;
  }
  for (const toml::node& node : *at.node->as_array()) {
    tables.push_back(node.as_table());
  }
  return tables;
}

std::optional<std::string> ConfigReader::Text(const ConfigValue& at) {
  const toml::value<std::string>* const text = at.node->as_string();
  if (text != nullptr) return text->get();
  Wrong(at, GotType(*at.node, "a string"));
  return std::nullopt;
}

std::optional<int64_t> ConfigReader::Integer(const ConfigValue& at, int64_t min,
                                             int64_t max) {
  const toml::value<int64_t>* const value = at.node->as_integer();
  const std::string want = absl::StrCat(min, " to ", max);
  if (value == nullptr) {
    Wrong(at, GotType(*at.node, absl::StrCat("an integer from ", want)));
    return std::nullopt;
  }
  if (value->get() >= min && value->get() <= max) return value->get();
  Wrong(at, absl::StrCat("got ", value->get(), ", want ", want));
  return std::nullopt;
}

std::optional<uint32_t> ConfigReader::Millionths(const ConfigValue& at) {
  constexpr char kWant[] = "a number from 0 to 1, in steps of a millionth";
  const std::optional<double> share = at.node->value<double>();
  if (!at.node->is_number() || !share) {
    Wrong(at, GotType(*at.node, kWant));
    return std::nullopt;
  }
  // Written so that what is not a number fails too.
  if (!(*share >= 0 && *share <= 1)) {
    Wrong(at, absl::StrCat("got ", *share, ", want ", kWant));
    return std::nullopt;
  }
  const auto millionths = static_cast<uint32_t>(std::lround(*share * 1e6));
  if (millionths == 0 && *share > 0) {
    Wrong(at,
          absl::StrCat("got ", *share, ", which would be never, want ", kWant));
    return std::nullopt;
  }
  return millionths;
}

std::optional<uint32_t> ConfigReader::Seconds(const ConfigValue& at) {
  constexpr char kWant[] =
      "a duration from 1s to 3650d, such as 90s, 15m, 2h or 3d, or never";
  const toml::value<std::string>* const text = at.node->as_string();
  if (text == nullptr) {
    Wrong(at, GotType(*at.node, kWant));
    return std::nullopt;
  }
  const std::string_view word = text->get();
  if (word == "never") return 0;
  uint32_t count = 0;
  const uint32_t unit = word.empty() ? 0 : SecondsOfUnit(word.back());
  const bool is_number =
      unit > 0 &&
      std::ranges::all_of(word.substr(0, word.size() - 1),
                          [](char c) { return c >= '0' && c <= '9'; }) &&
      absl::SimpleAtoi(ToAbsl(word.substr(0, word.size() - 1)), &count);
  if (!is_number || count == 0 || count > kMaxDurationSeconds / unit) {
    Wrong(at, absl::StrCat("got ", Shown(word), ", want ", kWant));
    return std::nullopt;
  }
  return count * unit;
}

std::optional<size_t> ConfigReader::OneOf(
    const ConfigValue& at, std::span<const std::string_view> words) {
  const std::string want = Joined(words);
  const toml::value<std::string>* const text = at.node->as_string();
  if (text == nullptr) {
    Wrong(at, GotType(*at.node, absl::StrCat("one of ", want)));
    return std::nullopt;
  }
  const auto found = std::ranges::find(words, std::string_view(text->get()));
  if (found != words.end()) return found - words.begin();
  Wrong(at, absl::StrCat("got ", Shown(text->get()), ", want one of ", want));
  return std::nullopt;
}

void ConfigReader::Wrong(const ConfigValue& at, absl::string_view what) {
  Add(at.node->source().begin, absl::StrCat(at.Name(), ": ", what));
}

void ConfigReader::WrongKey(const ConfigValue& at, absl::string_view what) {
  Add(at.key->source().begin, absl::StrCat(at.Name(), ": ", what));
}

void ConfigReader::Unknown(const ConfigValue& at, absl::string_view what,
                           std::span<const std::string_view> known) {
  Add(at.key->source().begin,
      absl::StrCat(at.table, at.table.empty() ? "" : ": ", "got an unknown ",
                   what, " ", Shown(at.key->str()), ", want one of ",
                   Joined(known)));
}

void ConfigReader::Wrong(const toml::table& table, absl::string_view what) {
  Add(table.source().begin, std::string(what));
}

std::string ConfigReader::PlaceOf(const toml::table& table) const {
  return absl::StrCat(name_, ":", table.source().begin.line);
}

void ConfigReader::Add(const toml::source_position& at, std::string_view what) {
  std::string line = ToUtf8(what);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  problems_.push_back({at, std::move(line)});
}

std::vector<std::string> ConfigReader::Problems() const {
  std::vector<Problem> sorted = problems_;
  std::ranges::stable_sort(sorted, {}, &Problem::at);
  std::vector<std::string> lines;
  for (const Problem& problem : sorted) {
    lines.push_back(absl::StrCat(name_, ":", problem.at.line, ":",
                                 problem.at.column, ": ", problem.what));
  }
  return lines;
}

}  // namespace hashvet
