#include "hashvet/hash/hash_value.h"
