#include "src/kernels/accumulate.h"
