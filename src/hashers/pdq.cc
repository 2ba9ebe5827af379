#include "hashvet/hashers/pdq.h"
