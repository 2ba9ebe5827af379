#include "hashvet/hash/hash_kind.h"
