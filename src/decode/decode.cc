#include "hashvet/decode/decode.h"
