/* Lets every fsync and fdatasync of a program take SLOW_DISK_US microseconds longer: a disk that keeps what it says.
 * Many virtual machines answer at once from a cache; a network volume or a disk without one takes milliseconds.
 * Preloaded by benchmarks/peer.py --disk-ms into both servers alike. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static int after(const char *name, int file) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    const char *pause = getenv("SLOW_DISK_US");
    int result = real(file);
    if (pause) usleep((useconds_t)atoi(pause));
    return result;
}

int fsync(int file) { return after("fsync", file); }
int fdatasync(int file) { return after("fdatasync", file); }
