// SPDX-License-Identifier: GPL-2.0
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"

int kill_at_work(pid_t child, const unsigned int *rounds,
		 unsigned int microseconds)
{
	int status = 0;

	while (!__atomic_load_n(rounds, __ATOMIC_RELAXED)) {
		if (waitpid(child, &status, WNOHANG) == child)
			return status;
		usleep(200);
	}
	usleep(microseconds);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return status;
}
