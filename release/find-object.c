/* What GCC's unwinder asks the GNU C library: in which loaded object an address is, and where the table
   is by which that is unwound. musl has no such function, and a static program is one object. The
   layout is that of the GNU C library's <dlfcn.h>, which promises not to change it. */
#define _GNU_SOURCE
#include <link.h>
#include <pthread.h>
#include <stddef.h>

struct dl_find_object {
    unsigned long long flags;
    void *map_start;
    void *map_end;
    struct link_map *link_map;
    void *eh_frame;
};

/* The unwinder takes these if they are there and calls them even if they are not, as they always are in
   the GNU C library of today. Rust's own library has no use for them, so a static program would lack them. */
__attribute__((used)) static const void *const wanted[] = {
    (const void *)pthread_mutex_lock,  (const void *)pthread_mutex_unlock, (const void *)pthread_once,
    (const void *)pthread_getspecific, (const void *)pthread_setspecific,  (const void *)pthread_key_create,
};

struct search {
    ElfW(Addr) address;
    struct dl_find_object *found;
};

static int look_in(struct dl_phdr_info *object, size_t size, void *data) {
    struct search *search = data;
    ElfW(Addr) start = 0, end = 0, table = 0;
    (void)size;
    for (size_t i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        ElfW(Addr) from = object->dlpi_addr + part->p_vaddr;
        if (part->p_type == PT_GNU_EH_FRAME) {
            table = from;
        } else if (part->p_type == PT_LOAD && search->address - from < part->p_memsz) {
            start = from;
            end = from + part->p_memsz;
        }
    }
    if (!end || !table)
        return 0;
    *search->found = (struct dl_find_object){0, (void *)start, (void *)end, NULL, (void *)table};
    return 1;
}

int _dl_find_object(void *address, struct dl_find_object *found) {
    struct search search = {(ElfW(Addr))address, found};
    return dl_iterate_phdr(look_in, &search) ? 0 : -1;
}
