#include "tests/support/benign_pictures.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"

namespace hashvet::testing {
namespace {

constexpr int kSide = 256;  // of all pictures, so shapes are in these pixels
constexpr int kMiddle = kSide / 2;

// The grey value at (x, y); what is out of 0 .. 255 is cut.
using Grey = std::function<int(int x, int y)>;

Picture Draw(const Grey& grey) {
  Picture picture = *Picture::Create(kSide, kSide, PixelFormat::kGrey8);
  for (int y = 0; y < kSide; ++y) {
    uint8_t* row = picture.row(static_cast<uint32_t>(y));
    for (int x = 0; x < kSide; ++x) {
      row[x] = static_cast<uint8_t>(std::clamp(grey(x, y), 0, 255));
    }
  }
  return picture;
}

int SquaredRadius(int x, int y, int cx = kMiddle, int cy = kMiddle) {
  return (x - cx) * (x - cx) + (y - cy) * (y - cy);
}

bool InBox(int x, int y, int left, int top, int right, int bottom) {
  return x >= left && x < right && y >= top && y < bottom;
}

// One line of words, as blocks of strokes: no font is needed for a picture that
// is as flat as a caption.
bool InCaption(int x, int y, int top, int left) {
  constexpr int kLetter = 10;
  constexpr int kHeight = 14;
  if (!InBox(x, y, left, top, kSide - left, top + kHeight)) return false;
  const int letter = (x - left) / kLetter;
  const int column = (x - left) % kLetter;
  if (letter % 6 == 5 || column >= 8) return false;  // between words, letters
  // Strokes chosen by the letter's number: uprights and crossbars.
  const uint32_t strokes = (static_cast<uint32_t>(letter) * 2654435761u) >> 24;
  const int row = y - top;
  return ((strokes & 1) != 0 && column < 2) ||
         ((strokes & 2) != 0 && column >= 6) ||
         ((strokes & 4) != 0 && row < 2) ||
         ((strokes & 8) != 0 && row >= kHeight - 2) ||
         ((strokes & 16) != 0 && row >= 6 && row < 8);
}

bool InAvatar(int x, int y) {
  const bool head = SquaredRadius(x, y, kMiddle, 98) < 46 * 46;
  // An ellipse that the lower edge cuts, half as high as wide.
  const int dx = x - kMiddle;
  const int dy = 2 * (y - kSide) * 3 / 4;
  return head || dx * dx + dy * dy < 92 * 92;
}

class Panel {
 public:
  void Add(std::string name, const Grey& grey) {
    pictures_.push_back({std::move(name), Draw(grey)});
  }
  // The same with black and white changed.
  void AddBoth(const std::string& name, const Grey& grey) {
    Add(name, grey);
    Add(name + "_inverse", [&grey](int x, int y) { return 255 - grey(x, y); });
  }
  std::vector<BenignPicture> Take() { return std::move(pictures_); }

 private:
  std::vector<BenignPicture> pictures_;
};

void AddSmooth(Panel& panel) {
  for (const int grey : {0, 128, 255}) {
    panel.Add(absl::StrCat("flat_", grey), [=](int, int) { return grey; });
  }
  panel.AddBoth("gradient_right", [](int x, int) { return x; });
  panel.AddBoth("gradient_down", [](int, int y) { return y; });
  panel.AddBoth("gradient_down_right",
                [](int x, int y) { return (x + y) / 2; });
  panel.AddBoth("gradient_down_left",
                [](int x, int y) { return (kSide - 1 - x + y) / 2; });
  panel.AddBoth("gradient_radial",
                [](int x, int y) { return SquaredRadius(x, y) / 128; });
  panel.AddBoth("gradient_to_middle",
                [](int x, int) { return 2 * std::abs(x - kMiddle); });
  for (const int strength : {1, 2, 4}) {
    panel.Add(absl::StrCat("vignette_", strength), [=](int x, int y) {
      return 230 - SquaredRadius(x, y) * strength / 512;
    });
  }
}

void AddEdges(Panel& panel) {
  const auto white = [](bool is) { return is ? 255 : 0; };
  panel.AddBoth("split_right", [=](int x, int) { return white(x >= kMiddle); });
  panel.AddBoth("split_down", [=](int, int y) { return white(y >= kMiddle); });
  panel.AddBoth("split_diagonal", [=](int x, int y) { return white(x > y); });
  panel.AddBoth("third_down", [=](int, int y) { return white(y >= 85); });
  for (const int width : {64, 32, 16, 8}) {
    panel.Add(absl::StrCat("bars_upright_", width),
              [=](int x, int) { return white(x / width % 2 == 1); });
    panel.Add(absl::StrCat("bars_level_", width),
              [=](int, int y) { return white(y / width % 2 == 1); });
    panel.Add(absl::StrCat("chessboard_", width), [=](int x, int y) {
      return white((x / width + y / width) % 2 == 1);
    });
  }
  panel.Add("test_bars", [](int x, int) { return 255 - x / 32 * 32; });
  for (const int band : {24, 48, 80}) {
    panel.Add(absl::StrCat("letterbox_", band), [=](int x, int y) {
      return InBox(x, y, 0, band, kSide, kSide - band) ? 160 : 0;
    });
    panel.Add(absl::StrCat("pillarbox_", band), [=](int x, int y) {
      return InBox(x, y, band, 0, kSide - band, kSide) ? 160 : 0;
    });
  }
  panel.Add("letterbox_gradient", [](int x, int y) {
    return InBox(x, y, 0, 32, kSide, kSide - 32) ? 64 + x / 2 : 0;
  });
}

void AddShapes(Panel& panel) {
  panel.AddBoth("disc", [](int x, int y) {
    return SquaredRadius(x, y) < 80 * 80 ? 255 : 0;
  });
  panel.AddBoth("ring", [](int x, int y) {
    const int radius = SquaredRadius(x, y);
    return radius < 60 * 60 && radius >= 48 * 48 ? 255 : 0;
  });
  // A waiting sign: a ring without a quarter.
  for (const int quarter : {0, 1, 2, 3}) {
    panel.Add(absl::StrCat("spinner_", quarter), [=](int x, int y) {
      const int radius = SquaredRadius(x, y);
      const int at = (x >= kMiddle ? 1 : 0) + (y >= kMiddle ? 2 : 0);
      return at != quarter && radius < 40 * 40 && radius >= 32 * 32 ? 90 : 245;
    });
  }
  panel.AddBoth("avatar",
                [](int x, int y) { return InAvatar(x, y) ? 255 : 150; });
  panel.Add("avatar_on_white",
            [](int x, int y) { return InAvatar(x, y) ? 190 : 255; });
  panel.AddBoth("play_button", [](int x, int y) {
    const int from_left = x - 100;
    return from_left >= 0 && 2 * std::abs(y - kMiddle) < 72 - from_left ? 255
                                                                        : 20;
  });
  panel.Add("broken_picture", [](int x, int y) {
    const bool cross = std::abs(x - y) < 5 || std::abs(x + y - kSide) < 5;
    const bool inside = InBox(x, y, 16, 16, kSide - 16, kSide - 16);
    const bool frame = inside && !InBox(x, y, 20, 20, kSide - 20, kSide - 20);
    return frame || (inside && cross) ? 120 : 240;
  });
}

void AddPages(Panel& panel) {
  for (const int margin : {4, 16, 32}) {
    panel.AddBoth(absl::StrCat("page_margin_", margin), [=](int x, int y) {
      return InBox(x, y, margin, margin, kSide - margin, kSide - margin) ? 255
                                                                         : 200;
    });
  }
  panel.Add("page_ruled", [](int, int y) { return y % 24 == 23 ? 170 : 250; });
  panel.Add("page_squared", [](int x, int y) {
    return x % 16 == 15 || y % 16 == 15 ? 170 : 250;
  });
  panel.Add("page_with_header", [](int x, int y) {
    return InBox(x, y, 0, 0, kSide, 28) ? 60 : 250;
  });
  for (const int top : {24, 120, 216}) {
    for (const int left : {16, 60}) {
      panel.AddBoth(
          absl::StrCat("caption_", top, "_", left),
          [=](int x, int y) { return InCaption(x, y, top, left) ? 0 : 255; });
    }
  }
  panel.Add("corner_mark", [](int x, int y) {
    return InBox(x, y, 200, 216, 244, 240) ? 255 : 40;
  });
}

}  // namespace

std::vector<BenignPicture> BenignPictures() {
  Panel panel;
  AddSmooth(panel);
  AddEdges(panel);
  AddShapes(panel);
  AddPages(panel);
  return panel.Take();
}

}  // namespace hashvet::testing
