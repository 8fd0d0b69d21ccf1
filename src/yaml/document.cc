#include "yaml/document.h"
