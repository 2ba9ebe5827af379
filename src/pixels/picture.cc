#include "hashvet/pixels/picture.h"
