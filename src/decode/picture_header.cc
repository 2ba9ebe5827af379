#include "hashvet/decode/picture_header.h"
