#include "hashvet/pixels/picture_view.h"
