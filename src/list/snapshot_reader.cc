#include "hashvet/list/snapshot_reader.h"
