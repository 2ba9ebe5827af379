#include "hashvet/matcher/matcher.h"
