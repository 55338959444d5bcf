#include "../libre2/libre2.h"
#include "CRE2.h"
