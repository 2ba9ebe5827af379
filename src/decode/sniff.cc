#include "hashvet/decode/sniff.h"
