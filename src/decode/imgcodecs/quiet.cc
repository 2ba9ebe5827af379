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

// imgcodecs finds this function before libpng's own, because the module comes
// before its libraries in the order of search. (Where the host program links
// libpng itself, its own comes first, and libpng prints as it always did.) All
// it changes is who hears of warnings and errors: nobody.
extern "C" {

using PngMessage = void (*)(void* png, const char* text);

void* png_create_read_struct_2(const char* version, void* error_pointer,
                               PngMessage error, PngMessage warning,
                               void* memory_pointer, void* allocate,
                               void* free);
[[noreturn]] void png_longjmp(void* png, int value);

[[noreturn]] static void LeaveWithoutAWord(void* png, const char*) {
  png_longjmp(png, 1);
}
static void WithoutAWord(void*, const char*) {}

__attribute__((visibility("default"))) void* png_create_read_struct(
    const char* version, void* error_pointer, PngMessage error,
    PngMessage warning) {
  return png_create_read_struct_2(
      version, error_pointer, error != nullptr ? error : LeaveWithoutAWord,
      warning != nullptr ? warning : WithoutAWord, nullptr, nullptr, nullptr);
}

}  // extern "C"
