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

// ---- More of each, so that what lies between two of them is near one.

void AddMoreSmooth(Panel& panel) {
  for (const int grey : {32, 64, 96, 160, 192, 224}) {
    panel.Add(absl::StrCat("flat_", grey), [=](int, int) { return grey; });
  }
  // Skies: a gradient that begins or ends on the way.
  for (const int from : {32, 64, 96, 128}) {
    panel.AddBoth(absl::StrCat("sky_", from), [=](int, int y) {
      return y < from ? 60 : 60 + (y - from) * 195 / (kSide - from);
    });
    panel.AddBoth(absl::StrCat("side_light_", from), [=](int x, int) {
      return x < from ? 60 : 60 + (x - from) * 195 / (kSide - from);
    });
  }
  // A spot of light off the middle.
  for (const int cx : {64, 128, 192}) {
    for (const int cy : {64, 128, 192}) {
      panel.Add(absl::StrCat("spot_", cx, "_", cy), [=](int x, int y) {
        return 240 - SquaredRadius(x, y, cx, cy) / 220;
      });
    }
  }
  for (const int corner : {0, 1, 2, 3}) {
    panel.Add(absl::StrCat("gradient_corner_", corner), [=](int x, int y) {
      const int cx = corner % 2 * (kSide - 1);
      const int cy = corner / 2 * (kSide - 1);
      return SquaredRadius(x, y, cx, cy) / 512;
    });
  }
}

void AddMoreEdges(Panel& panel) {
  const auto white = [](bool is) { return is ? 255 : 0; };
  for (const int at : {32, 64, 96, 160, 192, 224}) {
    panel.AddBoth(absl::StrCat("split_right_", at),
                  [=](int x, int) { return white(x >= at); });
    panel.AddBoth(absl::StrCat("split_down_", at),
                  [=](int, int y) { return white(y >= at); });
  }
  for (const int at : {64, 128, 192}) {
    panel.AddBoth(absl::StrCat("quarter_", at),
                  [=](int x, int y) { return white(x >= at && y >= at); });
    panel.AddBoth(absl::StrCat("cross_", at), [=](int x, int y) {
      return white(std::abs(x - at) < 12 || std::abs(y - at) < 12);
    });
  }
  for (const int width : {128, 48, 40, 24, 20, 12}) {
    panel.Add(absl::StrCat("bars_upright_", width),
              [=](int x, int) { return white(x / width % 2 == 1); });
    panel.Add(absl::StrCat("bars_level_", width),
              [=](int, int y) { return white(y / width % 2 == 1); });
    panel.Add(absl::StrCat("chessboard_", width), [=](int x, int y) {
      return white((x / width + y / width) % 2 == 1);
    });
    panel.Add(absl::StrCat("bars_slanting_", width),
              [=](int x, int y) { return white((x + y) / width % 2 == 1); });
  }
  for (const int band : {12, 36, 60, 100}) {
    panel.Add(absl::StrCat("letterbox_", band), [=](int x, int y) {
      return InBox(x, y, 0, band, kSide, kSide - band) ? 160 : 0;
    });
    panel.Add(absl::StrCat("pillarbox_", band), [=](int x, int y) {
      return InBox(x, y, band, 0, kSide - band, kSide) ? 160 : 0;
    });
    panel.Add(absl::StrCat("windowbox_", band), [=](int x, int y) {
      return InBox(x, y, band, band, kSide - band, kSide - band) ? 160 : 0;
    });
    panel.Add(absl::StrCat("letterbox_gradient_", band), [=](int x, int y) {
      return InBox(x, y, 0, band, kSide, kSide - band) ? 40 + y * 3 / 4 : 0;
    });
  }
}

void AddMoreShapes(Panel& panel) {
  for (const int radius : {24, 48, 64, 100, 120}) {
    panel.AddBoth(absl::StrCat("disc_", radius), [=](int x, int y) {
      return SquaredRadius(x, y) < radius * radius ? 255 : 0;
    });
    panel.AddBoth(absl::StrCat("ring_", radius), [=](int x, int y) {
      const int squared = SquaredRadius(x, y);
      const int inner = radius * 3 / 4;
      return squared < radius * radius && squared >= inner * inner ? 255 : 0;
    });
    // A waiting sign whose open quarter turns.
    for (const int quarter : {0, 1, 2, 3}) {
      panel.Add(
          absl::StrCat("spinner_", radius, "_", quarter), [=](int x, int y) {
            const int squared = SquaredRadius(x, y);
            const int inner = radius * 7 / 8;
            const int at = (x >= kMiddle ? 1 : 0) + (y >= kMiddle ? 2 : 0);
            return at != quarter && squared < radius * radius &&
                           squared >= inner * inner
                       ? 90
                       : 245;
          });
    }
  }
  for (const int back : {40, 80, 120, 200, 230}) {
    panel.Add(absl::StrCat("avatar_on_", back), [=](int x, int y) {
      return InAvatar(x, y) ? (back < 128 ? 220 : 60) : back;
    });
  }
  // A letter's first strokes on a disc, as accounts without a picture have.
  for (uint32_t letter = 0; letter < 8; ++letter) {
    panel.Add(absl::StrCat("initial_", letter), [=](int x, int y) {
      const bool upright = InBox(x, y, 96, 72, 112, 184);
      const bool right = (letter & 1) != 0 && InBox(x, y, 144, 72, 160, 184);
      const bool top = (letter & 2) != 0 && InBox(x, y, 96, 72, 160, 88);
      const bool middle = (letter & 4) != 0 && InBox(x, y, 96, 120, 160, 136);
      if (upright || right || top || middle) return 255;
      return SquaredRadius(x, y) < 110 * 110 ? 70 : 245;
    });
  }
}

// Captions in several hands: how wide, high and bold the letters are.
void AddCaptions(Panel& panel) {
  struct Font {
    int letter;
    int height;
    int stroke;
  };
  constexpr Font kFonts[] = {{8, 12, 2}, {14, 20, 3}, {20, 28, 5}};
  for (int font = 0; font < 3; ++font) {
    const auto [letter, height, stroke] = kFonts[font];
    for (const int top : {20, 70, 118, 170, 220}) {
      for (const int left : {16, 48}) {
        panel.AddBoth(
            absl::StrCat("caption_font_", font, "_", top, "_", left),
            [=](int x, int y) {
              if (!InBox(x, y, left, top, kSide - left, top + height)) {
                return 255;
              }
              const int number = (x - left) / letter;
              const int column = (x - left) % letter;
              const int row = y - top;
              if (number % 7 == 6 || column >= letter - stroke) return 255;
              const uint32_t strokes =
                  (static_cast<uint32_t>(number + 3 * font) * 2654435761u) >>
                  24;
              const bool ink =
                  ((strokes & 1) != 0 && column < stroke) ||
                  ((strokes & 2) != 0 && column >= letter - 2 * stroke) ||
                  ((strokes & 4) != 0 && row < stroke) ||
                  ((strokes & 8) != 0 && row >= height - stroke);
              return ink ? 0 : 255;
            });
      }
    }
  }
}

void AddMorePages(Panel& panel) {
  for (const int margin : {8, 24, 48, 64}) {
    panel.AddBoth(absl::StrCat("page_margin_", margin), [=](int x, int y) {
      return InBox(x, y, margin, margin, kSide - margin, kSide - margin) ? 255
                                                                         : 200;
    });
  }
  for (const int step : {12, 18, 32}) {
    panel.Add(absl::StrCat("page_ruled_", step),
              [=](int, int y) { return y % step == step - 1 ? 150 : 250; });
    panel.Add(absl::StrCat("page_squared_", step), [=](int x, int y) {
      return x % step == step - 1 || y % step == step - 1 ? 150 : 250;
    });
  }
  // A page of lines of words, more of them or fewer.
  for (const int lines : {3, 6, 9}) {
    panel.AddBoth(absl::StrCat("page_of_", lines, "_lines"), [=](int x, int y) {
      const int line = (y - 20) / 24;
      const bool inside = y >= 20 && line < lines;
      return inside && InCaption(x, y, 20 + line * 24, 20) ? 0 : 255;
    });
  }
  for (const int height : {16, 40, 64}) {
    panel.Add(absl::StrCat("page_header_", height), [=](int x, int y) {
      return InBox(x, y, 0, 0, kSide, height) ? 60 : 250;
    });
    panel.Add(absl::StrCat("page_footer_", height), [=](int x, int y) {
      return InBox(x, y, 0, kSide - height, kSide, kSide) ? 60 : 250;
    });
  }
}

}  // namespace

std::vector<BenignPicture> BenignPictures() {
  Panel panel;
  AddSmooth(panel);
  AddEdges(panel);
  AddShapes(panel);
  AddPages(panel);
  AddMoreSmooth(panel);
  AddMoreEdges(panel);
  AddMoreShapes(panel);
  AddCaptions(panel);
  AddMorePages(panel);
  return panel.Take();
}

}  // namespace hashvet::testing
