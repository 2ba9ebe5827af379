// An open descriptor that is closed when it is dropped.

#ifndef HASHVET_SRC_BASE_DESCRIPTOR_H_
#define HASHVET_SRC_BASE_DESCRIPTOR_H_

#include <unistd.h>

#include <utility>

namespace hashvet {

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept
      : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }

  int number() const { return number_; }

 private:
  int number_;
};

}  // namespace hashvet

#endif  // HASHVET_SRC_BASE_DESCRIPTOR_H_
