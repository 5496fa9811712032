/* SPDX-License-Identifier: GPL-2.0 */
/* Processes that are killed in the midst of something. */
#ifndef VMIG_TEST_CHILD_H
#define VMIG_TEST_CHILD_H

#include <sys/types.h>

/**
 * kill_at_work() - wait for some rounds of work and a while more, then kill
 * @child:	the process
 * @rounds:	shared with it; it counts
 * @microseconds: how long after the first round
 *
 * Return: its status, as of waitpid().
 */
int kill_at_work(pid_t child, const unsigned int *rounds,
		 unsigned int microseconds);

#endif /* VMIG_TEST_CHILD_H */
