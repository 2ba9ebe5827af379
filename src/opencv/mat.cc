#include "hashvet/opencv/mat.h"
