#include "hashvet/matcher/list_source.h"

#include <algorithm>
#include <utility>

#include "src/matcher/list_place.h"

namespace hashvet {
namespace {

class ListSource final : public GenerationSource {
 public:
  explicit ListSource(ListSourceOptions options)
      : policy_(std::move(options.policy)) {
    for (std::string& path : options.files) {
      places_.push_back(MakeFilePlace(std::move(path)));
    }
    for (std::string& directory : options.directories) {
      places_.push_back(
          MakePublishedPlace(std::move(directory), options.published));
    }
  }

  Offer Look() override {
    Offer offer;
    for (const auto& place : places_) {
      changed_ |= place->Look(policy_);
      offer.refusal.Update(place->refusal());
    }
    const auto is_empty = [](const auto& place) {
      return !place->part().has_value();
    };
    if (std::any_of(places_.begin(), places_.end(), is_empty)) return offer;
    if (std::exchange(changed_, false)) {
      std::vector<Generation::Part> parts;
      for (const auto& place : places_) parts.push_back(*place->part());
      auto generation = Generation::Create(std::move(parts), policy_);
      together_ = generation.status();
      if (generation.ok()) offer.generation = *std::move(generation);
    }
    offer.refusal.Update(together_);
    return offer;
  }

  std::vector<std::string> directories() const override {
    std::vector<std::string> directories;
    for (const auto& place : places_) {
      directories.push_back(place->directory());
    }
    return directories;
  }

 private:
  const PolicyOverride policy_;
  std::vector<std::unique_ptr<ListPlace>> places_;
  bool changed_ = true;    // since the last generation was put together
  absl::Status together_;  // why the places' lists cannot serve together
};

}  // namespace

std::unique_ptr<GenerationSource> MakeListSource(ListSourceOptions options) {
  return std::make_unique<ListSource>(std::move(options));
}

}  // namespace hashvet
