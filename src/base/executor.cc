#include "hashvet/base/executor.h"
