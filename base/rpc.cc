#include "base/rpc.h"
