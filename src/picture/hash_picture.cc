#include "hashvet/picture/hash_picture.h"
