#include "hashvet/matcher/verdict.h"
