#include "hashvet/list/snapshot_writer.h"
