// PDQ of a picture whose rows come one after the other: ComputePdqOrientations,
// bit for bit, without the picture in memory. For decoders that give rows,
// where fresh memory costs more than hashing.
//
//   PdqRows rows = *PdqRows::Create(width, height, PixelFormat::kGrey8, {});
//   for (each row, from the top) {
//     decoder.ReadRow(rows.NextRow());
//     rows.RowDone();
//   }
//   PdqHashes hashes = rows.Finish();

#ifndef HASHVET_HASHERS_PDQ_ROWS_H_
#define HASHVET_HASHERS_PDQ_ROWS_H_

#include <cstdint>
#include <memory>
#include <span>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/picture_hashes.h"
#include "hashvet/pixels/picture_view.h"

namespace hashvet {

// Movable. Not thread-safe.
class HASHVET_EXPORT PdqRows {
 public:
  // Keeps about a 64th part of the picture.
  //
  //   trims  kTrimmed and kTrimmedBlack, where these are wanted too: they need
  //          the whole picture where it has bars, and RowDone tells that it has
  //
  // Errors: InvalidArgument as ComputePdq's, a format of floats, or another
  // variant in trims.
  static absl::StatusOr<PdqRows> Create(uint32_t width, uint32_t height,
                                        PixelFormat format,
                                        std::span<const PdqVariant> trims);

  PdqRows(PdqRows&&) noexcept;
  PdqRows& operator=(PdqRows&&) noexcept;
  ~PdqRows();

  // Where the next row's pixels are to be written, until RowDone. The bytes are
  // those of an earlier row until then. REQUIRES: fewer than height are done.
  uint8_t* NextRow();

  // False when there are bars that `trims` would take away: hash the whole
  // picture instead. It may come to light with the last row only.
  bool RowDone();

  // The row that was done last, until the next is: for decoders that have to
  // make up what is missing. REQUIRES: at least one is done.
  const uint8_t* LastRow() const;

  // kFull. REQUIRES: all rows are done.
  PdqHashes Finish() const;

 private:
  struct State;
  explicit PdqRows(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace hashvet

#endif  // HASHVET_HASHERS_PDQ_ROWS_H_
