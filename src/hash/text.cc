#include "hashvet/hash/text.h"
