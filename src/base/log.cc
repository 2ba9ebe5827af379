#include "hashvet/base/log.h"
