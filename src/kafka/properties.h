// The file of librdkafka's own settings: where the brokers are, TLS, SASL. They
// are passed through as they are; only what the worker's promises rest on is
// its own to set.
//
//   # a comment
//   bootstrap.servers=broker-1:9093,broker-2:9093
//   security.protocol=SASL_SSL
//   sasl.password=…
//
// Values are never printed: any may be a secret. A file that holds one must be
// closed to others.

#ifndef HASHVET_SRC_KAFKA_PROPERTIES_H_
#define HASHVET_SRC_KAFKA_PROPERTIES_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace hashvet::kafka {

struct Property {
  std::string name;
  std::string value;
  int line = 0;
};

// The lines of the text, in order; of a name that is there twice the last
// holds. Blanks around names and values are taken off.
//
//   where  ends the messages
//
// Errors: InvalidArgument: a line without '=' or a name, a name that is the
// worker's own to set; the line's number and the name, never a value.
absl::StatusOr<std::vector<Property>> ParseProperties(std::string_view text,
                                                      const std::string& where);

// Errors: those of FileError and ParseProperties; PermissionDenied where
// others than the owner and the group may read a file that holds a secret.
absl::StatusOr<std::vector<Property>> ReadProperties(const std::string& path);

// The text with every value that is a secret put out of it.
std::string WithoutSecrets(std::string_view text,
                           std::span<const Property> properties);

}  // namespace hashvet::kafka

#endif  // HASHVET_SRC_KAFKA_PROPERTIES_H_
