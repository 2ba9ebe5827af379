#include "hashvet/base/mapped_file.h"
