#include "hashvet/base/deadline.h"
