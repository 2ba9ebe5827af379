// TOML read strictly: every table says which fields it may have, and what is
// wrong is gathered with its line and column instead of ending the reading.

#ifndef HASHVET_SRC_MATCHER_CONFIG_READER_H_
#define HASHVET_SRC_MATCHER_CONFIG_READER_H_

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// The parser of toml++ 3.3 asserts what a text like "[|x]" then breaks, and
// handles it right after: without its assertions, and, where a compiler would
// take them for granted in an optimised build, without that too.
#pragma push_macro("NDEBUG")
#undef NDEBUG
#define TOML_ASSERT(expr) static_cast<void>(0)
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_MAX_NESTED_VALUES 16
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

#include "absl/strings/string_view.h"

namespace hashvet {

// A value and where it is.
struct ConfigValue {
  std::string Name() const;  // "list.pdq.max_distance"

  std::string table;  // "list.pdq"; empty for the file's own
  const toml::key* key;
  const toml::node* node;
};

// Not thread-safe. Words of the file are repeated in messages only where they
// are short, and never a run of hex digits: a hash may lie in the wrong place.
class ConfigReader {
 public:
  // One field that a table may have, and what to do with its value.
  struct Field {
    std::string_view name;
    std::function<void(const ConfigValue&)> read;
  };
  template <typename T>
  struct Choice {
    std::string_view word;
    T means;
  };

  // `name` of the file, for messages.
  explicit ConfigReader(std::string_view name) : name_(name) {}

  // Nothing when the text is no TOML, or over a limit.
  const toml::table* Parse(std::string_view text, size_t max_bytes,
                           size_t max_line_bytes);

  // Each field of the table called `path` to its reader. A field that is none
  // of these goes to `other`, where there is one; what it does not take is a
  // problem.
  void Fields(const toml::table& table, const std::string& path,
              const std::vector<Field>& fields,
              const std::function<bool(const ConfigValue&)>& other = nullptr);
  std::optional<ConfigValue> Find(const toml::table& table,
                                  const std::string& path,
                                  std::string_view name) const;

  // The value, or nothing and a problem.
  const toml::table* Table(const ConfigValue& at);
  std::vector<const toml::table*> Tables(const ConfigValue& at);
  std::optional<std::string> Text(const ConfigValue& at);
  std::optional<int64_t> Integer(const ConfigValue& at, int64_t min,
                                 int64_t max);
  template <std::integral T>
  std::optional<T> Integer(const ConfigValue& at, int64_t min, int64_t max) {
    const std::optional<int64_t> value = Integer(at, min, max);
    return value ? std::optional<T>(static_cast<T>(*value)) : std::nullopt;
  }
  // A share from 0 to 1, in millionths. One too small to be a millionth is a
  // problem: it would read as never.
  std::optional<uint32_t> Millionths(const ConfigValue& at);
  // "90s", "15m", "2h" or "3d"; "never" is 0.
  std::optional<uint32_t> Seconds(const ConfigValue& at);
  template <typename T>
  std::optional<T> Word(const ConfigValue& at,
                        std::span<const Choice<T>> choices) {
    std::vector<std::string_view> words;
    for (const Choice<T>& choice : choices) words.push_back(choice.word);
    const std::optional<size_t> i = OneOf(at, words);
    return i ? std::optional<T>(choices[*i].means) : std::nullopt;
  }

  // A problem of the value, of the field's name, or of a table as a whole.
  void Wrong(const ConfigValue& at, absl::string_view what);
  void WrongKey(const ConfigValue& at, absl::string_view what);
  void Wrong(const toml::table& table, absl::string_view what);
  // Of a name that is none of the known ones: an unknown "field" or "kind".
  void Unknown(const ConfigValue& at, absl::string_view what,
               std::span<const std::string_view> known);

  std::string PlaceOf(const toml::table& table) const;  // "name:line"

  // In the order of the file, each "name:line:column: what".
  std::vector<std::string> Problems() const;

 private:
  struct Problem {
    toml::source_position at;
    std::string what;
  };

  void Add(const toml::source_position& at, std::string_view what);
  bool CheckSize(std::string_view text, size_t max_bytes,
                 size_t max_line_bytes);
  std::optional<size_t> OneOf(const ConfigValue& at,
                              std::span<const std::string_view> words);

  std::string name_;
  toml::parse_result parsed_;
  std::vector<Problem> problems_;
};

}  // namespace hashvet

#endif  // HASHVET_SRC_MATCHER_CONFIG_READER_H_
