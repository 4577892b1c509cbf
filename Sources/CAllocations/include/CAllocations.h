#ifndef CALLOCATIONS_H
#define CALLOCATIONS_H

#include <stdbool.h>

/* Bytes that the program holds by malloc and its kin, libraries included, and the most since the last reset. A program
   that links this target has its allocations counted: it stands before the C library's own functions. */

/* Whether this platform can count. */
bool allocations_are_counted(void);
long allocations_live(void);
long allocations_peak(void);
void allocations_reset_peak(void);

#endif
