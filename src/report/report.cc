#include "rules/finding.h"
