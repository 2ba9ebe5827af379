#include "hashvet/base/atomic_file.h"
