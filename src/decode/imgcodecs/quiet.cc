#include "src/decode/imgcodecs/quiet.h"

#include <iostream>
#include <streambuf>

namespace hashvet::imgcodecs {
namespace {

thread_local bool quiet = false;

// Between std::cerr and where it wrote before.
class Filter : public std::streambuf {
 public:
  explicit Filter(std::streambuf* target) : target_(target) {}

 protected:
  int_type overflow(int_type letter) override {
    if (quiet || traits_type::eq_int_type(letter, traits_type::eof())) {
      return traits_type::not_eof(letter);
    }
    return target_->sputc(traits_type::to_char_type(letter));
  }
  std::streamsize xsputn(const char* text, std::streamsize size) override {
    return quiet ? size : target_->sputn(text, size);
  }
  int sync() override { return quiet ? 0 : target_->pubsync(); }

 private:
  std::streambuf* target_;
};

// Never taken out again: the module stays loaded, and so does the filter.
void FilterStandardError() {
  [[maybe_unused]] static std::streambuf* const filter = [] {
    auto* made = new Filter(std::cerr.rdbuf());
    std::cerr.rdbuf(made);
    return made;
  }();
}

}  // namespace

Quiet::Quiet() {
  FilterStandardError();
  quiet = true;
}
Quiet::~Quiet() { quiet = false; }

}  // namespace hashvet::imgcodecs
