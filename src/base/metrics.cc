#include "hashvet/base/metrics.h"
