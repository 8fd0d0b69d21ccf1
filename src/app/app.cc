#include "app/app.h"

#include <cstdio>

namespace seawall::app {

int Main(int, char**) {
  std::puts("seawall");
  return 0;
}

}  // namespace seawall::app
