// Keeps OpenCV from writing to the program's standard error.
//
// OpenCV 4.6 reports what it catches on std::cerr, and cannot be asked not to.

#ifndef HASHVET_SRC_DECODE_IMGCODECS_QUIET_H_
#define HASHVET_SRC_DECODE_IMGCODECS_QUIET_H_

namespace hashvet::imgcodecs {

// While one lives, what this thread writes to std::cerr is dropped; other
// threads write as before.
class Quiet {
 public:
  Quiet();
  ~Quiet();
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;
};

}  // namespace hashvet::imgcodecs

#endif  // HASHVET_SRC_DECODE_IMGCODECS_QUIET_H_
