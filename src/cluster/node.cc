#include "cluster/node.h"
