#ifndef TIDEGATE_CHEAP_H
#define TIDEGATE_CHEAP_H

/// Limits the heaps ("arenas") of this process' allocator, which are eight for each processor otherwise: what one thread frees
/// is of no use to another's heap, so that a long-lived process with many threads grows for hours without keeping anything.
/// To be called before there are threads. Where the C library has no such limit, nothing happens.
void tide_limit_heaps(int most);

#endif
