// A text that is wiped when nobody needs it any more: keys, tokens, passwords.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "x509/certificate.h"

namespace seawall::api {

/// Movable and copyable; every copy wipes itself. There is no way to print one.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept { Take(other); }
  Secret& operator=(const Secret& other) {
    if (this == &other) return *this;
    x509::Wipe(text_);
    text_ = other.text_;
    return *this;
  }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) Take(other);
    return *this;
  }
  ~Secret() { x509::Wipe(text_); }

  bool empty() const { return text_.empty(); }
  std::string_view view() const { return text_; }

 private:
  void Take(Secret& other) noexcept {
    x509::Wipe(text_);
    text_ = other.text_;  // a short text lies in the object itself, which a move would not clear
    x509::Wipe(other.text_);
    other.text_.clear();
  }
  std::string text_;
};

}  // namespace seawall::api
