#include "hashvet/hash/picture_hashes.h"
