#include "src/kernels/hamming.h"
