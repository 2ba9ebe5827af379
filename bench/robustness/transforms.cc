#include "bench/robustness/transforms.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

namespace hashvet::robustness {
namespace {

using cv::Mat;

// Small, and the same everywhere.
class Random {
 public:
  explicit Random(uint32_t seed) : state_(seed * 2654435761u + 1) {}
  uint32_t Next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return state_;
  }

 private:
  uint32_t state_;
};

Mat Coded(const Mat& picture, const char* extension, int flag, int quality) {
  std::vector<uchar> bytes;
  cv::imencode(extension, picture, bytes, {flag, quality});
  return cv::imdecode(bytes, cv::IMREAD_COLOR);
}
template <int quality>
Mat Jpeg(const Mat& picture, uint32_t) {
  return Coded(picture, ".jpg", cv::IMWRITE_JPEG_QUALITY, quality);
}
Mat WebP(const Mat& picture, uint32_t) {
  return Coded(picture, ".webp", cv::IMWRITE_WEBP_QUALITY, 60);
}

Mat To(const Mat& picture, double width, double height) {
  Mat out;
  const cv::Size size(std::max(8, static_cast<int>(std::lround(width))),
                      std::max(8, static_cast<int>(std::lround(height))));
  const bool smaller = size.area() < picture.size().area();
  cv::resize(picture, out, size, 0, 0,
             smaller ? cv::INTER_AREA : cv::INTER_CUBIC);
  return out;
}
template <int percent>
Mat Scaled(const Mat& picture, uint32_t) {
  return To(picture, picture.cols * percent / 100.0,
            picture.rows * percent / 100.0);
}
template <int percent>
Mat Squeezed(const Mat& picture, uint32_t) {
  return To(picture, picture.cols * (100 - percent) / 100.0, picture.rows);
}
Mat Thumbnail(const Mat& picture, uint32_t) {
  const double scale = 64.0 / std::max(picture.cols, picture.rows);
  return To(picture, picture.cols * scale, picture.rows * scale);
}

Mat Grey(const Mat& picture, uint32_t) {
  Mat grey, out;
  cv::cvtColor(picture, grey, cv::COLOR_BGR2GRAY);
  cv::cvtColor(grey, out, cv::COLOR_GRAY2BGR);
  return out;
}

template <typename Curve>
Mat Curved(const Mat& picture, const Curve& curve) {
  Mat table(1, 256, CV_8U), out;
  for (int i = 0; i < 256; ++i) {
    table.at<uchar>(i) = cv::saturate_cast<uchar>(curve(i));
  }
  cv::LUT(picture, table, out);
  return out;
}
template <int tenths>
Mat Gamma(const Mat& picture, uint32_t) {
  return Curved(picture,
                [](int i) { return 255 * std::pow(i / 255.0, tenths / 10.0); });
}
template <int percent>
Mat Contrast(const Mat& picture, uint32_t) {
  return Curved(picture,
                [](int i) { return (i - 128) * (percent / 100.0) + 128; });
}
template <int step>
Mat Brightness(const Mat& picture, uint32_t) {
  return Curved(picture, [](int i) { return i + step; });
}

template <int sigma>
Mat Noise(const Mat& picture, uint32_t seed) {
  Mat out = picture.clone();
  Random random(seed);
  for (int y = 0; y < out.rows; ++y) {
    uchar* const row = out.ptr<uchar>(y);
    for (int i = 0; i < 3 * out.cols; ++i) {
      // The sum of twelve uniform numbers: near enough to a normal one.
      int sum = 0;
      for (int k = 0; k < 3; ++k) {
        const uint32_t word = random.Next();
        for (int byte = 0; byte < 4; ++byte) sum += word >> (8 * byte) & 255;
      }
      row[i] =
          cv::saturate_cast<uchar>(row[i] + (sum - 12 * 127.5) / 256 * sigma);
    }
  }
  return out;
}

template <int sigma>
Mat Blurred(const Mat& picture, uint32_t) {
  Mat out;
  cv::GaussianBlur(picture, out, {}, sigma);
  return out;
}
Mat Sharpened(const Mat& picture, uint32_t seed) {
  Mat out;
  cv::addWeighted(picture, 2, Blurred<2>(picture, seed), -1, 0, out);
  return out;
}

template <int percent>
Mat Cropped(const Mat& picture, uint32_t) {
  const int x = picture.cols * percent / 100;
  const int y = picture.rows * percent / 100;
  return picture({x, y, picture.cols - 2 * x, picture.rows - 2 * y}).clone();
}

Mat Framed(const Mat& picture, int x, int y, const cv::Scalar& colour) {
  Mat out;
  cv::copyMakeBorder(picture, out, y, y, x, x, cv::BORDER_CONSTANT, colour);
  return out;
}
template <int percent>
Mat Padded(const Mat& picture, uint32_t) {
  return Framed(picture, picture.cols * percent / 100,
                picture.rows * percent / 100, {255, 255, 255});
}
Mat Letterboxed(const Mat& picture, uint32_t) {
  return Framed(picture, 0, picture.rows / 6, {0, 0, 0});
}
Mat Bordered(const Mat& picture, uint32_t) {
  const int side = std::max(picture.cols, picture.rows) / 100 + 1;
  return Framed(picture, side, side, {0, 0, 0});
}

template <int tenths>
Mat Rotated(const Mat& picture, uint32_t) {
  const cv::Point2f centre(static_cast<float>(picture.cols) / 2,
                           static_cast<float>(picture.rows) / 2);
  Mat out;
  cv::warpAffine(
      picture, out, cv::getRotationMatrix2D(centre, tenths / 10.0, 1),
      picture.size(), cv::INTER_LINEAR, cv::BORDER_CONSTANT, {255, 255, 255});
  return out;
}
template <int code>
Mat Turned(const Mat& picture, uint32_t) {
  Mat out;
  cv::rotate(picture, out, code);
  return out;
}
template <int code>
Mat Flipped(const Mat& picture, uint32_t) {
  Mat out;
  cv::flip(picture, out, code);
  return out;
}

void Write(Mat& picture, const std::string& text, double width_share,
           cv::Point at, const cv::Scalar& colour) {
  constexpr int kFont = cv::FONT_HERSHEY_DUPLEX;
  int baseline = 0;
  const cv::Size size = cv::getTextSize(text, kFont, 1, 1, &baseline);
  const double scale = width_share * picture.cols / size.width;
  at.y += static_cast<int>(size.height * scale);
  cv::putText(picture, text, at, kFont, scale, colour,
              std::max(1, static_cast<int>(2 * scale)), cv::LINE_AA);
}

template <int percent>
Mat Watermarked(const Mat& picture, uint32_t) {
  Mat written = picture.clone(), out;
  Write(written, "sample of a copy", 0.9,
        {picture.cols / 20, picture.rows * 2 / 5}, {255, 255, 255});
  cv::addWeighted(written, percent / 100.0, picture, 1 - percent / 100.0, 0,
                  out);
  return out;
}
Mat Captioned(const Mat& picture, uint32_t) {
  Mat out;
  const int band = picture.rows / 8 + 1;
  cv::copyMakeBorder(picture, out, band, 0, 0, 0, cv::BORDER_CONSTANT,
                     {255, 255, 255});
  Write(out, "when it is Monday again", 0.8, {out.cols / 10, band / 4},
        {0, 0, 0});
  return out;
}
Mat Screenshot(const Mat& picture, uint32_t seed) {
  const double scale = 720.0 / picture.cols;
  const Mat shown = To(picture, 720, picture.rows * scale);
  Mat screen(shown.rows + 480, 720, CV_8UC3, cv::Scalar(245, 245, 245));
  shown.copyTo(screen({0, 200, 720, shown.rows}));
  cv::rectangle(screen, {0, 0, 720, 60}, {60, 60, 60}, cv::FILLED);
  Write(screen, "a post of somebody", 0.5, {40, 100}, {20, 20, 20});
  Write(screen, "12 likes", 0.2, {40, shown.rows + 240}, {20, 20, 20});
  return Jpeg<85>(screen, seed);
}
Mat Grid(const Mat& picture, uint32_t) {
  const Mat small = To(picture, picture.cols / 2.0, picture.rows / 2.0);
  Mat row, out, mirrored;
  cv::flip(small, mirrored, 1);
  cv::hconcat(small, mirrored, row);
  cv::vconcat(row, row, out);
  return out;
}
Mat Messenger(const Mat& picture, uint32_t seed) {
  const double scale =
      std::min(1.0, 512.0 / std::max(picture.cols, picture.rows));
  Mat out =
      Jpeg<70>(To(picture, picture.cols * scale, picture.rows * scale), seed);
  out = Jpeg<60>(Cropped<0>(out, seed), seed);
  return Coded(out, ".webp", cv::IMWRITE_WEBP_QUALITY, 50);
}

constexpr Transform kTransforms[] = {
    {"jpeg_95", "JPEG, quality 95", Jpeg<95>},
    {"jpeg_75", "JPEG, quality 75", Jpeg<75>},
    {"jpeg_50", "JPEG, quality 50", Jpeg<50>},
    {"jpeg_20", "JPEG, quality 20", Jpeg<20>},
    {"jpeg_5", "JPEG, quality 5", Jpeg<5>},
    {"webp_60", "WebP, quality 60", WebP},
    {"half", "both sides halved, area average", Scaled<50>},
    {"quarter", "both sides quartered", Scaled<25>},
    {"thumbnail", "longer side to 64 pixels", Thumbnail},
    {"double", "both sides doubled, bicubic", Scaled<200>},
    {"aspect_5", "width reduced by 5 %", Squeezed<5>},
    {"aspect_10", "width reduced by 10 %", Squeezed<10>},
    {"aspect_25", "width reduced by 25 %", Squeezed<25>},
    {"grey", "grey", Grey},
    {"gamma_0.5", "gamma 0.5: brighter", Gamma<5>},
    {"gamma_2", "gamma 2: darker", Gamma<20>},
    {"contrast_60", "contrast to 60 %", Contrast<60>},
    {"contrast_150", "contrast to 150 %, cut", Contrast<150>},
    {"brighter", "40 levels brighter, cut", Brightness<40>},
    {"darker", "40 levels darker, cut", Brightness<-40>},
    {"noise_10", "Gaussian noise, sigma 10", Noise<10>},
    {"noise_25", "Gaussian noise, sigma 25", Noise<25>},
    {"blur_1", "Gaussian blur, sigma 1 pixel", Blurred<1>},
    {"blur_2", "Gaussian blur, sigma 2 pixels", Blurred<2>},
    {"blur_4", "Gaussian blur, sigma 4 pixels", Blurred<4>},
    {"sharpen", "unsharp mask, sigma 2, once", Sharpened},
    {"crop_1", "1 % off each side", Cropped<1>},
    {"crop_2", "2 % off each side", Cropped<2>},
    {"crop_5", "5 % off each side", Cropped<5>},
    {"crop_10", "10 % off each side", Cropped<10>},
    {"crop_20", "20 % off each side", Cropped<20>},
    {"pad_2", "2 % white at each side", Padded<2>},
    {"pad_5", "5 % white at each side", Padded<5>},
    {"pad_20", "20 % white at each side", Padded<20>},
    {"letterbox", "black bars of a sixth above and below", Letterboxed},
    {"border", "black border of 1 %", Bordered},
    {"rotate_0.5", "turned by 0.5 degrees, corners white", Rotated<5>},
    {"rotate_1", "turned by 1 degree", Rotated<10>},
    {"rotate_2", "turned by 2 degrees", Rotated<20>},
    {"rotate_4", "turned by 4 degrees", Rotated<40>},
    {"rotate_8", "turned by 8 degrees", Rotated<80>},
    {"rotate_90", "turned by 90 degrees",
     Turned<cv::ROTATE_90_COUNTERCLOCKWISE>},
    {"rotate_180", "turned by 180 degrees", Turned<cv::ROTATE_180>},
    {"rotate_270", "turned by 270 degrees", Turned<cv::ROTATE_90_CLOCKWISE>},
    {"mirror", "left and right exchanged", Flipped<1>},
    {"flip", "top and bottom exchanged", Flipped<0>},
    {"watermark_5", "a line of white text across, 5 % opaque", Watermarked<5>},
    {"watermark_20", "a line of white text across, 20 % opaque",
     Watermarked<20>},
    {"caption", "a white band of an eighth on top, with a line of text",
     Captioned},
    {"screenshot", "in a screenshot of a post, as JPEG", Screenshot},
    {"grid", "2 x 2 of it, two mirrored", Grid},
    {"messenger", "512 pixels, JPEG 70, JPEG 60, WebP 50", Messenger},
};

constexpr const char* kWords[] = {"good morning", "happy birthday", "not again",
                                  "see you soon", "on my way",      "thank you",
                                  "well done",    "never mind",     "tea time",
                                  "what a day",   "I told you so",  "welcome"};

}  // namespace

std::span<const Transform> Transforms() { return kTransforms; }

std::vector<Drawn> DrawnPictures() {
  std::vector<Drawn> drawn;
  const auto named = [](const char* kind, size_t i) {
    return std::string(kind) + "_" + std::to_string(i);
  };
  Random random(7);
  // One line of text, on one background, in one place.
  for (size_t i = 0; i < 36; ++i) {
    Mat picture(
        400, 600, CV_8UC3,
        i % 2 == 0 ? cv::Scalar(255, 255, 255) : cv::Scalar(40, 40, 40));
    Write(picture, kWords[i % std::size(kWords)] + std::string(i / 12, '!'),
          0.8, {60, 160},
          i % 2 == 0 ? cv::Scalar(0, 0, 0) : cv::Scalar(240, 240, 240));
    drawn.push_back({named("caption", i), "caption", picture});
  }
  // Pages of grey lines in words and paragraphs.
  for (size_t i = 0; i < 24; ++i) {
    Mat page(840, 600, CV_8UC3, cv::Scalar(255, 255, 255));
    for (int y = 60; y < 780; y += 22) {
      if (random.Next() % 9 == 0) continue;  // between paragraphs
      const int end = random.Next() % 6 == 0 ? 250 + random.Next() % 200 : 540;
      for (int x = 60; x < end;) {
        const int word = 12 + static_cast<int>(random.Next() % 60);
        cv::rectangle(page, {x, y, std::min(word, end - x), 9}, {70, 70, 70},
                      cv::FILLED);
        x += word + 8;
      }
    }
    drawn.push_back({named("text_page", i), "text_page", page});
  }
  // A bar, a column of rows with a round picture each, a button.
  for (size_t i = 0; i < 24; ++i) {
    Mat screen(960, 540, CV_8UC3, cv::Scalar(250, 250, 250));
    cv::rectangle(screen, {0, 0, 540, 70},
                  cv::Scalar(random.Next() % 200, random.Next() % 200, 120),
                  cv::FILLED);
    for (int y = 90; y < 900; y += 90) {
      const cv::Scalar tint(random.Next() % 256, random.Next() % 256,
                            random.Next() % 256);
      cv::circle(screen, {55, y + 40}, 30, tint, cv::FILLED, cv::LINE_AA);
      Write(screen, kWords[random.Next() % std::size(kWords)], 0.4,
            {110, y + 15}, {30, 30, 30});
      cv::rectangle(
          screen, {110, y + 55, 150 + static_cast<int>(random.Next() % 240), 8},
          {190, 190, 190}, cv::FILLED);
    }
    drawn.push_back({named("screenshot", i), "screenshot", screen});
  }
  // One level, a ramp, a split, a vignette.
  for (size_t i = 0; i < 24; ++i) {
    Mat flat(300, 400, CV_8UC3);
    const int level = static_cast<int>(i) * 10 + 5;
    for (int y = 0; y < flat.rows; ++y) {
      for (int x = 0; x < flat.cols; ++x) {
        const int ramp = x * 255 / flat.cols;
        const int from_centre = static_cast<int>(std::hypot(x - 200, y - 150));
        const int value = i % 4 == 0   ? level
                          : i % 4 == 1 ? (ramp + level) / 2
                          : i % 4 == 2 ? (x < 100 + level ? 40 : 200)
                                       : 255 - from_centre * level / 250;
        flat.at<cv::Vec3b>(y, x) =
            cv::Vec3b::all(cv::saturate_cast<uchar>(value));
      }
    }
    drawn.push_back({named("flat", i), "flat", flat});
  }
  return drawn;
}

}  // namespace hashvet::robustness
