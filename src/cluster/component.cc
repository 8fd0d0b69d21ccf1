#include "cluster/component.h"
