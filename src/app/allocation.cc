// Memory for small objects, of the program alone (not of tests, whose sanitizers bring their own):
// an audit of a thousand nodes makes and drops some hundred million of them. The C library keeps
// seven of a size ready for each thread; here it is some thousand. Every block is malloc's, so that
// it may be given back in either way.
#include <array>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

constexpr size_t kStep = 16, kSizes = 16;         // up to 256 bytes
constexpr size_t kMostKept = size_t{128} * 1024;  // bytes of one size, for one thread

struct Free {
  Free* next;
};

class Kept {
 public:
  ~Kept() {
    for (size_t i = 0; i < kSizes; ++i) {
      while (void* block = Take(i)) std::free(block);
      count_[i] = kMostKept;  // what other objects of the thread still give back is not kept
    }
  }
  void* Take(size_t i) {
    Free* block = blocks_[i];
    if (block == nullptr) return nullptr;
    blocks_[i] = block->next;
    --count_[i];
    return block;
  }
  bool Put(void* block, size_t i) {
    if (count_[i] >= kMostKept / ((i + 1) * kStep)) return false;
    blocks_[i] = new (block) Free{blocks_[i]};
    ++count_[i];
    return true;
  }

 private:
  std::array<Free*, kSizes> blocks_{};
  std::array<size_t, kSizes> count_{};
};

thread_local Kept kept;

}  // namespace

void* operator new(size_t size) {
  const size_t i = size == 0 ? 0 : (size - 1) / kStep;
  if (i < kSizes) {
    if (void* block = kept.Take(i)) return block;
    size = (i + 1) * kStep;
  }
  if (void* block = std::malloc(size)) return block;
  throw std::bad_alloc();
}

void operator delete(void* block) noexcept { std::free(block); }

void operator delete(void* block, size_t size) noexcept {
  const size_t i = size == 0 ? 0 : (size - 1) / kStep;
  if (block == nullptr || i >= kSizes || !kept.Put(block, i)) std::free(block);
}
