#include "examples/demo/report_html.h"

#include <algorithm>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <span>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "hashvet/base/atomic_file.h"
#include "hashvet/base/status.h"
#include "hashvet/hashers/pdq.h"

namespace hashvet::demo {
namespace {

constexpr int kThumbnailSide = 200;  // pixels; the page stays under 2 MB

constexpr char kHead[] = R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>hashvet demo</title>
<style>
:root { color-scheme: light dark; --page: #fbfbf9; --card: #fff; --ink: #1d2328;
  --soft: #5b6670; --line: #dde1e4; --yes: #0b6e4f; --no: #a8481a; }
@media (prefers-color-scheme: dark) { :root { --page: #14181b; --card: #1d2226;
  --ink: #e8ebed; --soft: #9aa5ae; --line: #343c42; --yes: #5fcf9f;
  --no: #f0925c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 74rem;
  background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.3rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1.05rem; margin: 2rem 0 .6rem; }
p { max-width: 46rem; margin: 0 0 .75rem; }
.soft, figcaption, th { color: var(--soft); }
.sums { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1.5rem 0; }
.sums div { background: var(--card); border: 1px solid var(--line);
  border-radius: .6rem; padding: .75rem 1.1rem; min-width: 11rem; }
.sums b { display: block; font-size: 1.6rem; line-height: 1.2; }
.scroll { overflow-x: auto; }
svg { display: block; width: 100%; min-width: 40rem; max-width: 56rem; }
svg text { font-size: 13px; fill: var(--ink); }
svg .axis { fill: var(--soft); } svg .rule { stroke: var(--line); }
svg .limit { stroke: var(--ink); stroke-dasharray: 4 3; }
svg .yes { fill: var(--yes); fill-opacity: .55; }
svg .no { fill: none; stroke: var(--no); stroke-width: 1.5; }
.group { display: grid; grid-template-columns: 16rem 1fr; gap: 1.25rem; }
.copies { display: grid; gap: 1rem .9rem; align-items: start;
  grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); }
figure { margin: 0; }
figure img { display: block; max-width: 100%; border-radius: .3rem;
  border: 1px solid var(--line); }
.copies img { max-height: 9rem; }
figcaption { font-size: .84rem; line-height: 1.35; margin-top: .35rem; }
figcaption b { font-weight: 600; }
.yes { color: var(--yes); } .no { color: var(--no); }
@media (max-width: 44rem) { .group { grid-template-columns: 1fr; } }
</style>
</head>
<body>
)html";

std::string Escaped(std::string_view text) {
  return absl::StrReplaceAll(
      ToAbsl(text),
      {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}});
}

// The picture as a small JPEG in a data: address; empty when it cannot be read.
std::string Thumbnail(const std::string& path) try {
  const cv::Mat picture = cv::imread(path);
  if (picture.empty()) return "";
  const double scale = std::min(1.0, static_cast<double>(kThumbnailSide) /
                                         std::max(picture.cols, picture.rows));
  cv::Mat small;
  cv::resize(picture, small, {}, scale, scale, cv::INTER_AREA);
  std::vector<unsigned char> jpeg;
  cv::imencode(".jpg", small, jpeg, {cv::IMWRITE_JPEG_QUALITY, 80});
  return absl::StrCat("data:image/jpeg;base64,",
                      absl::Base64Escape(absl::string_view(
                          reinterpret_cast<char*>(jpeg.data()), jpeg.size())));
} catch (const cv::Exception&) {
  return "";
}

bool Matched(const Question& question) {
  return question.verdict.outcome == Outcome::kMatch;
}

std::string_view What(const Alteration* alteration) {
  return alteration == nullptr ? "not on the list" : alteration->what;
}

// A row of the plot for each kind of question: the alterations, then the
// others.
std::vector<const Alteration*> Rows() {
  std::vector<const Alteration*> rows;
  for (const Alteration& alteration : Alterations())
    rows.push_back(&alteration);
  rows.push_back(nullptr);
  return rows;
}

// A dot a question: to the right how far from the list, a row an alteration.
std::string Plot(const Trial& trial) {
  constexpr int kLeft = 235, kBitWidth = 4, kRowHeight = 30, kTop = 34;
  constexpr uint32_t kMaxShown = 136;  // bits; chance lies near 128
  const auto x = [](double bits) { return kLeft + bits * kBitWidth; };
  const std::vector<const Alteration*> rows = Rows();
  const int bottom = kTop + kRowHeight * static_cast<int>(rows.size());
  const double limit = x(kPdqMatchMaxDistance + 0.5);
  std::string svg = absl::StrCat(
      "<div class=\"scroll\"><svg viewBox=\"0 0 ", x(kMaxShown) + 20, " ",
      bottom + 42, "\" role=\"img\" aria-label=\"Distances of all copies, by ",
      "what was done to them\">\n");
  for (uint32_t bits = 0; bits <= 128; bits += 16) {
    absl::StrAppend(&svg, "<line class=\"rule\" x1=\"", x(bits), "\" x2=\"",
                    x(bits), "\" y1=\"", kTop, "\" y2=\"", bottom,
                    "\"/><text class=\"axis\" text-anchor=\"middle\" x=\"",
                    x(bits), "\" y=\"", bottom + 18, "\">", bits, "</text>\n");
  }
  absl::StrAppend(&svg, "<text class=\"axis\" x=\"", kLeft, "\" y=\"",
                  bottom + 36, "\">distance in bits, of 256</text>\n",
                  "<line class=\"limit\" x1=\"", limit, "\" x2=\"", limit,
                  "\" y1=\"", kTop - 12, "\" y2=\"", bottom, "\"/><text x=\"",
                  limit + 6, "\" y=\"", kTop - 12,
                  "\">left of the line: a match (", kPdqMatchMaxDistance,
                  " bits or fewer)</text>\n");
  for (size_t r = 0; r < rows.size(); ++r) {
    const int middle = kTop + kRowHeight * static_cast<int>(r) + kRowHeight / 2;
    absl::StrAppend(&svg, "<text text-anchor=\"end\" x=\"", kLeft - 14,
                    "\" y=\"", middle + 4, "\">", ToAbsl(What(rows[r])),
                    "</text>\n");
    int spread = 0;  // equal distances beside each other, not on one spot
    for (const Question& question : trial.questions) {
      if (question.alteration != rows[r]) continue;
      const uint32_t bits = std::min(question.nearness.distance, kMaxShown);
      const int y = middle + (spread++ % 5 - 2) * 4;
      absl::StrAppend(&svg, "<circle class=\"",
                      Matched(question) ? "yes" : "no", "\" r=\"4.5\" cx=\"",
                      x(bits), "\" cy=\"", y, "\"><title>",
                      trial.photographs[question.photograph].name, ": ",
                      question.nearness.distance, " bits</title></circle>\n");
    }
  }
  return svg + "</svg></div>\n";
}

std::string Figure(const std::string& thumbnail, std::string_view alt,
                   std::string_view caption_html) {
  return absl::StrCat("<figure><img src=\"", thumbnail, "\" alt=\"",
                      Escaped(alt), "\"><figcaption>", ToAbsl(caption_html),
                      "</figcaption></figure>\n");
}

std::string Answer(const Question& question) {
  return absl::StrCat("<b class=\"", Matched(question) ? "yes" : "no", "\">",
                      ToAbsl(NameOf(question.verdict.outcome)), "</b>, ",
                      question.nearness.distance, " bits");
}

std::string OriginalCaption(const Photograph& photograph) {
  return absl::StrCat("<b>", photograph.name, "</b>, ", photograph.hashes.width,
                      " x ", photograph.hashes.height, "<br>",
                      Escaped(photograph.origin));
}

std::string Intro(const Trial& trial, bool installed) {
  const size_t others = trial.photographs.size() - trial.listed;
  size_t copies = 0;
  size_t found = 0;
  for (const Alteration& alteration : Alterations()) {
    copies += trial.asked_about(&alteration);
    found += trial.matched(&alteration);
  }
  std::string html = absl::StrCat(
      "<h1>Altered copies, found on a list</h1>\n<p>The hashes of ",
      trial.listed, " photographs were put on a list. Then every one was ",
      "altered as people alter pictures before they share them again, and the ",
      "copies were looked up, together with ", others,
      " photographs that are not on the list. A hash has 256 bits; a copy ",
      "counts as a match when at most ", kPdqMatchMaxDistance,
      " of them differ. Nobody has to look at a picture for that, and the ",
      "list holds no pictures.</p>\n");
  absl::StrAppend(
      &html, "<p class=\"soft\">",
      installed ? "The pictures are harmless photographs that Debian packages "
                  "install; none is part of hashvet."
                : "The pictures come from the folder that was named; the page "
                  "holds small copies of them.",
      "</p>\n<div class=\"sums\">\n<div><b>", found, " of ", copies,
      "</b>altered copies match</div>\n<div><b>", trial.matched(nullptr),
      " of ", others, "</b>other photographs match</div>\n<div><b>",
      trial.median_distance(nullptr),
      " bits</b>median distance of those others</div>\n</div>\n");
  return html;
}

// Everything but the pictures' sections.
std::string Overview(const Trial& trial, bool installed) {
  return absl::StrCat(
      kHead, Intro(trial, installed), "<h2>How far each copy moved</h2>\n",
      "<p>One dot a picture: filled where it matched, a ring where it did "
      "not. ",
      "A crop moves everything in a picture, so that 2&nbsp;% per side is ",
      "often beyond the line: PDQ is not made for crops.</p>\n", Plot(trial));
}

// The original on the left, its altered copies on the right.
std::string Group(const Trial& trial, size_t p,
                  std::span<const std::string> originals,
                  std::span<const std::string> copies) {
  const Photograph& photograph = trial.photographs[p];
  std::string html =
      absl::StrCat("<h3>", photograph.name, "</h3>\n<div class=\"group\">\n",
                   Figure(originals[p], photograph.name + ", the original",
                          OriginalCaption(photograph) + "<br>on the list"),
                   "<div class=\"copies\">\n");
  for (size_t q = 0; q < trial.questions.size(); ++q) {
    const Question& question = trial.questions[q];
    if (question.photograph != p) continue;
    const std::string what(What(question.alteration));
    html += Figure(copies[q], absl::StrCat(photograph.name, ", ", what),
                   absl::StrCat(what, "<br>", Answer(question), ", ",
                                ToAbsl(NameOf(question.nearness.orientation))));
  }
  return html + "</div>\n</div>\n";
}

std::string Others(const Trial& trial, std::span<const std::string> originals) {
  std::string html =
      "<h2>Not on the list</h2>\n<p>The distance is to the nearest picture "
      "that is on it. Chance alone gives about 100 to 128 bits.</p>\n"
      "<div class=\"copies\">\n";
  for (const Question& question : trial.questions) {
    if (question.alteration != nullptr) continue;
    const Photograph& photograph = trial.photographs[question.photograph];
    html += Figure(
        originals[question.photograph], photograph.name,
        absl::StrCat(OriginalCaption(photograph), "<br>", Answer(question)));
  }
  return html + "</div>\n";
}

}  // namespace

absl::Status WriteReport(const Trial& trial, bool installed,
                         const std::string& path, Executor& executor) {
  const size_t photographs = trial.photographs.size();
  std::vector<std::string> thumbnails(photographs + trial.questions.size());
  executor.ParallelFor(thumbnails.size(), [&](size_t i) {
    if (i < photographs) {
      thumbnails[i] = Thumbnail(trial.photographs[i].path);
    } else if (trial.questions[i - photographs].alteration != nullptr) {
      thumbnails[i] = Thumbnail(trial.questions[i - photographs].file);
    }
  });
  const auto originals = std::span(thumbnails).first(photographs);
  const auto copies = std::span(thumbnails).subspan(photographs);

  std::string html = absl::StrCat(Overview(trial, installed),
                                  "<h2>Picture by picture</h2>\n<p>Left the "
                                  "original, whose hash is on the ",
                                  "list; beside it its copies, each hashed "
                                  "from its own file: what was done ",
                                  "to it, the outcome, the distance, and how "
                                  "the copy is turned to come that ",
                                  "near.</p>\n");
  for (size_t p = 0; p < trial.listed; ++p) {
    html += Group(trial, p, originals, copies);
  }
  html += Others(trial, originals) + "</body>\n</html>\n";

  HASHVET_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create(path));
  HASHVET_RETURN_IF_ERROR(file.Append(std::as_bytes(std::span(html))));
  return file.Commit();
}

}  // namespace hashvet::demo
