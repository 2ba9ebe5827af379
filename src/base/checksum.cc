#include "hashvet/base/checksum.h"
