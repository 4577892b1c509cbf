#include "CAllocations.h"

#include <features.h>

#ifdef __GLIBC__

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stddef.h>

/* The C library's own functions by their second names. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *pointer);

static atomic_long live;
static atomic_long peak;

static void *grown(void *pointer) {
    if (!pointer) return pointer;
    long size = (long)malloc_usable_size(pointer);
    long now = atomic_fetch_add_explicit(&live, size, memory_order_relaxed) + size;
    long seen = atomic_load_explicit(&peak, memory_order_relaxed);
    while (now > seen && !atomic_compare_exchange_weak_explicit(&peak, &seen, now, memory_order_relaxed,
                                                                memory_order_relaxed)) {
    }
    return pointer;
}

static void shrunk(long size) { atomic_fetch_sub_explicit(&live, size, memory_order_relaxed); }

void *malloc(size_t size) { return grown(__libc_malloc(size)); }
void *calloc(size_t count, size_t size) { return grown(__libc_calloc(count, size)); }
void *memalign(size_t alignment, size_t size) { return grown(__libc_memalign(alignment, size)); }
void *aligned_alloc(size_t alignment, size_t size) { return grown(__libc_memalign(alignment, size)); }

/* Old and new are counted together for a moment, as when the bytes are copied. */
void *realloc(void *old, size_t size) {
    long before = old ? (long)malloc_usable_size(old) : 0;
    void *pointer = grown(__libc_realloc(old, size));
    if (pointer || size == 0) shrunk(before);
    return pointer;
}

int posix_memalign(void **pointer, size_t alignment, size_t size) {
    if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) return EINVAL;
    void *result = grown(__libc_memalign(alignment, size));
    if (!result) return ENOMEM;
    *pointer = result;
    return 0;
}

void free(void *pointer) {
    if (pointer) shrunk((long)malloc_usable_size(pointer));
    __libc_free(pointer);
}

bool allocations_are_counted(void) { return true; }
long allocations_live(void) { return atomic_load(&live); }
long allocations_peak(void) { return atomic_load(&peak); }
void allocations_reset_peak(void) { atomic_store(&peak, atomic_load(&live)); }

#else

bool allocations_are_counted(void) { return false; }
long allocations_live(void) { return 0; }
long allocations_peak(void) { return 0; }
void allocations_reset_peak(void) {}

#endif
