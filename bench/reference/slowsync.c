/* A preload shim for the PostgreSQL server: every fsync and fdatasync takes SLOW_US microseconds longer, as on a
   volume that is reached over a network. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static int synced(const char *name, int fd)
{
	int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
	const char *text = getenv("SLOW_US");
	long us = text ? atol(text) : 0;
	int result = real(fd);

	if (us > 0) {
		struct timespec pause = {us / 1000000, (us % 1000000) * 1000};
		nanosleep(&pause, NULL);
	}
	return result;
}

int fdatasync(int fd) { return synced("fdatasync", fd); }

int fsync(int fd) { return synced("fsync", fd); }
