#include "hashvet/pixels/exif_orientation.h"
