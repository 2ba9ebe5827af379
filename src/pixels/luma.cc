#include "hashvet/pixels/luma.h"
