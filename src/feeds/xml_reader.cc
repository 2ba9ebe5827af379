#include "src/feeds/xml_reader.h"

#include <expat.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/feeds/feed_error.h"

namespace hashvet {
namespace {

constexpr size_t kChunkBytes = size_t{16} << 10;
// Between namespace and name, where expat puts it: no name can hold it.
constexpr char kSeparator = '\n';
// Expat keeps a token until it is whole. A longer one is no element of ours.
constexpr size_t kMaxPendingBytes = size_t{1} << 20;

struct ParserCloser {
  void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};
using Parser = std::unique_ptr<XML_ParserStruct, ParserCloser>;

std::string_view LocalName(const char* name) {
  const std::string_view whole(name);
  const size_t at = whole.rfind(kSeparator);
  return at == std::string_view::npos ? whole : whole.substr(at + 1);
}

using Sink = absl::FunctionRef<absl::Status(std::string_view, XmlElement)>;

// Builds the trees from expat's events.
class Builder {
 public:
  Builder(XML_Parser parser, std::string_view what,
          std::span<const std::string_view> streamed, Sink sink,
          const XmlLimits& limits)
      : parser_(parser),
        what_(what),
        streamed_(streamed),
        sink_(sink),
        limits_(limits) {}

  void Begin(const char* name, const char** attributes) {
    if (!error_.ok()) return;
    if (open_.size() >= limits_.max_depth) {
      return Refuse(absl::StrCat("elements deeper than ", limits_.max_depth));
    }
    XmlElement element = {.name = std::string(LocalName(name))};
    Count(element.name.size());
    for (; *attributes != nullptr; attributes += 2) {
      element.attributes.emplace_back(LocalName(attributes[0]), attributes[1]);
      Count(element.attributes.back().first.size() +
            element.attributes.back().second.size());
    }
    const bool streams = std::ranges::find(streamed_, path_) != streamed_.end();
    if (streams && !open_.empty()) tree_bytes_ = 0;
    open_.push_back({std::move(element), path_.size(), streams});
    absl::StrAppend(&path_, path_.empty() ? "" : "/",
                    open_.back().element.name);
  }

  void End() {
    if (!error_.ok()) return;
    Open done = std::move(open_.back());
    open_.pop_back();
    path_.resize(done.path_size);
    if (open_.empty()) {
      root_ = std::move(done.element);
    } else if (done.streams) {
      tree_bytes_ = 0;
      if (absl::Status status = sink_(path_, std::move(done.element));
          !status.ok()) {
        Stop(std::move(status));
      }
    } else {
      open_.back().element.children.push_back(std::move(done.element));
    }
  }

  void Text(const char* text, int size) {
    if (!error_.ok() || open_.empty()) return;
    const std::string_view piece(text, static_cast<size_t>(size));
    std::string& all = open_.back().element.text;
    // White space between elements is none's.
    if (all.empty() &&
        piece.find_first_not_of(" \t\r\n") == std::string_view::npos) {
      return;
    }
    Count(piece.size());
    all.append(piece);
  }

  void Refuse(std::string_view why) {
    Stop(FeedError(FeedCause::kProtocol,
                   absl::StrCat(ToAbsl(what_), ": ", ToAbsl(why), ", at byte ",
                                XML_GetCurrentByteIndex(parser_))));
  }

  void Stop(absl::Status status) {
    if (!error_.ok()) return;
    error_ = std::move(status);
    (void)XML_StopParser(parser_, XML_FALSE);
  }

  const absl::Status& error() const { return error_; }
  std::optional<XmlElement>& root() { return root_; }

 private:
  struct Open {
    XmlElement element;
    size_t path_size;  // of the path before it
    bool streams;
  };

  void Count(size_t bytes) {
    tree_bytes_ += bytes + sizeof(XmlElement) / 4;
    if (tree_bytes_ > limits_.max_element_bytes) {
      Refuse(absl::StrCat("an element of over ", limits_.max_element_bytes,
                          " bytes"));
    }
  }

  XML_Parser parser_;
  const std::string_view what_;
  const std::span<const std::string_view> streamed_;
  const Sink sink_;
  const XmlLimits limits_;
  std::vector<Open> open_;
  std::string path_;
  size_t tree_bytes_ = 0;
  std::optional<XmlElement> root_;
  absl::Status error_;
};

void OnBegin(void* context, const char* name, const char** attributes) {
  static_cast<Builder*>(context)->Begin(name, attributes);
}
void OnEnd(void* context, const char*) {
  static_cast<Builder*>(context)->End();
}
void OnText(void* context, const char* text, int size) {
  static_cast<Builder*>(context)->Text(text, size);
}
void OnDoctype(void* context, const char*, const char*, const char*, int) {
  static_cast<Builder*>(context)->Refuse("a document type, refused");
}

}  // namespace

const XmlElement* XmlElement::Child(std::string_view child_name) const {
  const auto found = std::ranges::find(children, child_name, &XmlElement::name);
  return found == children.end() ? nullptr : &*found;
}

std::string_view XmlElement::TextOf(std::string_view child_name) const {
  const XmlElement* const child = Child(child_name);
  if (child == nullptr) return {};
  return ToStd(absl::StripAsciiWhitespace(child->text));
}

std::string_view XmlElement::Attribute(std::string_view attribute) const {
  for (const auto& [key, value] : attributes) {
    if (key == attribute) return value;
  }
  return {};
}

absl::StatusOr<XmlElement> ReadXml(ByteSource source, std::string_view what,
                                   std::span<const std::string_view> streamed,
                                   Sink sink, const XmlLimits& limits) {
  // UTF-8 whatever the document claims: what is checked is what is read.
  const Parser parser(XML_ParserCreateNS("UTF-8", kSeparator));
  if (parser == nullptr) return absl::ResourceExhaustedError("XML: no memory");
  Builder builder(parser.get(), what, streamed, sink, limits);
  XML_SetUserData(parser.get(), &builder);
  XML_SetElementHandler(parser.get(), &OnBegin, &OnEnd);
  XML_SetCharacterDataHandler(parser.get(), &OnText);
  XML_SetStartDoctypeDeclHandler(parser.get(), &OnDoctype);
  uint64_t fed = 0;
  while (true) {
    void* const buffer =
        XML_GetBuffer(parser.get(), static_cast<int>(kChunkBytes));
    if (buffer == nullptr) {
      return absl::ResourceExhaustedError("XML: no memory");
    }
    HASHVET_ASSIGN_OR_RETURN(
        const size_t got,
        source(std::span(static_cast<char*>(buffer), kChunkBytes)));
    const XML_Status status =
        XML_ParseBuffer(parser.get(), static_cast<int>(got), got == 0);
    if (!builder.error().ok()) return builder.error();
    if (status != XML_STATUS_OK) {
      return FeedError(
          FeedCause::kProtocol,
          absl::StrCat(ToAbsl(what), ": no XML at byte ",
                       XML_GetCurrentByteIndex(parser.get()) + 1, ": ",
                       XML_ErrorString(XML_GetErrorCode(parser.get()))));
    }
    if (got == 0) break;
    fed += got;
    const auto read =
        static_cast<uint64_t>(XML_GetCurrentByteIndex(parser.get()));
    if (fed > read && fed - read > kMaxPendingBytes) {
      return FeedError(FeedCause::kProtocol,
                       absl::StatusCode::kResourceExhausted,
                       absl::StrCat(ToAbsl(what), ": a tag or text of over ",
                                    kMaxPendingBytes, " bytes"));
    }
  }
  if (!builder.root().has_value()) {
    return FeedError(FeedCause::kProtocol,
                     absl::StrCat(ToAbsl(what), ": no element"));
  }
  return *std::move(builder.root());
}

}  // namespace hashvet
