#include "hashvet/list/benign_panel.h"

namespace hashvet {
namespace {

constexpr BenignHash kPanel[] = {
#include "src/list/benign_panel.inc"
};

}  // namespace

std::span<const BenignHash> BenignPanel() { return kPanel; }

}  // namespace hashvet
