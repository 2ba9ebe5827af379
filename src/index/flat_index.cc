#include "hashvet/index/flat_index.h"
