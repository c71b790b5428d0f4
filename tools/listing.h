/* A data set as people read it: a line for each element, in the shape that DCMTK's dcmdump made known. */
#ifndef TOOLS_LISTING_H
#define TOOLS_LISTING_H

#include <stddef.h>

#include "dimse.h"

/* Prints every element, items indented. `most` is the columns that a value may have, SIZE_MAX for all that it needs. */
void listing_print(const dimse_dataset *dataset, size_t most);

#endif
