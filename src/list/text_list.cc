#include "hashvet/list/text_list.h"
