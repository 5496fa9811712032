// SPDX-License-Identifier: GPL-2.0
/*
 * Lets the kernel's dmatest use the device's DMA engine through mcopy_guest. It
 * reports only when its threads end, so they are run in batches, one after the
 * other, until they are told to stop.
 *
 * A process of its own does that: a transfer that never ends blocks whoever
 * waits for its thread, while the workload has to go on answering. That such a
 * transfer is not forgiven takes timeout=-1; then the sum of transfers stands
 * still.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dma.h"
#include "dmatest.h"
#include "port.h"

/* How long the child sleeps when there is nothing to read. */
#define NAP_MS	50
#define START_MS	2000

/* Written by the child, but for stop. */
struct shared {
	struct dmatest_counts counts;
	uint64_t batches;
	int stop;
	char error[96];
};

static struct shared *shared;
static pid_t child;
static char channels[128];

/* Set before each start, so that none depends on the one before it. */
static const char * const defaults[] = {
	"timeout=-1", "iterations=100", "threads_per_chan=1", "dmatest=0",
	"noverify=0", "test_buf_size=16384", "max_channels=0", "polled=0",
};

/* Tests have files of their own for what they play the kernel of. */
static const char *place(const char *name)
{
	const char *fake = getenv("VMIG_FAKE_DMATEST");
	static char path[256];

	if (!fake && !strcmp(name, "kmsg"))
		return "/dev/kmsg";
	if (!fake && !strcmp(name, "interrupts"))
		return "/proc/interrupts";
	snprintf(path, sizeof(path), "%s/%s",
		 fake ? fake : "/sys/module/dmatest/parameters", name);
	return path;
}

static int set_parameter(const char *name, const char *value)
{
	int fd = open(place(name), O_WRONLY | O_TRUNC);
	char line[64];
	int len, ret;

	if (fd < 0)
		return -1;
	len = snprintf(line, sizeof(line), "%s\n", value);
	ret = write(fd, line, len) == len ? 0 : -1;
	close(fd);
	return ret;
}

static char get_parameter(const char *name)
{
	int fd = open(place(name), O_RDONLY);
	char first = 0;

	if (fd < 0)
		return 0;
	if (read(fd, &first, 1) != 1)
		first = 0;
	close(fd);
	return first;
}

static int failed(const char *what)
{
	snprintf(shared->error, sizeof(shared->error), "%s: %s", what,
		 strerror(errno));
	return -1;
}

/* Takes in what the kernel has said; -1 if some of that got lost. */
static int listen(int kmsg, struct dmatest_counts *counts)
{
	char text[8192], *line, *rest;
	ssize_t got;

	while ((got = read(kmsg, text, sizeof(text) - 1)) > 0) {
		text[got] = 0;
		for (line = strtok_r(text, "\n", &rest); line;
		     line = strtok_r(NULL, "\n", &rest))
			dmatest_line(counts, line);
		shared->counts = *counts;
	}
	if (got < 0 && errno != EAGAIN && errno != EINTR)
		return failed("kernel log");
	return 0;
}

/*
 * What is written to "channel" is taken for the next run at once, and an empty
 * name takes all that there are.
 */
static int start_batch(void)
{
	char names[sizeof(channels)], *name, *rest;

	strcpy(names, channels);
	name = strtok_r(names, ",", &rest);
	if (!name && set_parameter("channel", ""))
		return failed("channel");
	for (; name; name = strtok_r(NULL, ",", &rest))
		if (set_parameter("channel", name))
			return failed(name);
	return set_parameter("run", "1") ? failed("run") : 0;
}

/* The kernel has said it when "run" is written; tests take a moment longer. */
static int await_start(int kmsg, struct dmatest_counts *counts)
{
	const uint64_t deadline = clock_ms() + START_MS;
	const uint64_t before = counts->started;

	while (!listen(kmsg, counts)) {
		if (counts->started > before)
			return 0;
		if (clock_ms() > deadline) {
			errno = ENODEV;
			return failed("no thread");
		}
		usleep(NAP_MS * 1000);
	}
	return -1;
}

/*
 * Neither "wait" nor "run" tells when all is over: a thread that has not begun
 * yet counts as one that has ended. Only the sums do; and a thread that has
 * summed up still has a few steps to go, which "run" knows of. Reading that
 * gives the channels back, too.
 *
 * A batch always runs to its end: a thread that is stopped gives its transfer
 * up and counts that as a failure.
 */
static int run_batch(int kmsg, struct dmatest_counts *counts)
{
	struct pollfd wait = { .fd = kmsg, .events = POLLIN };

	if (start_batch() || await_start(kmsg, counts))
		return -1;
	while (counts->ended < counts->started) {
		poll(&wait, 1, NAP_MS);
		if (listen(kmsg, counts))
			return -1;
	}
	while (get_parameter("run") != 'N')
		usleep(NAP_MS * 1000);
	shared->batches++;
	return 0;
}

static void run_batches(void)
{
	struct dmatest_counts counts = {};
	int kmsg = open(place("kmsg"), O_RDONLY | O_NONBLOCK);

	if (kmsg < 0) {
		failed("kernel log");
		return;
	}
	lseek(kmsg, 0, SEEK_END);
	while (!__atomic_load_n(&shared->stop, __ATOMIC_RELAXED))
		if (run_batch(kmsg, &counts))
			return;
}

static int running(void)
{
	if (child && waitpid(child, NULL, WNOHANG) == child)
		child = 0;
	return child != 0;
}

/* Of all processors and all vectors of the driver's. */
static unsigned long long interrupts(void)
{
	FILE *file = fopen(place("interrupts"), "r");
	unsigned long long sum = 0, value;
	char line[1024], *at, *end;

	while (file && fgets(line, sizeof(line), file)) {
		at = strchr(line, ':');
		if (!at || !strstr(line, "mcopy_guest"))
			continue;
		for (at++;; at = end) {
			value = strtoull(at, &end, 10);
			if (end == at || (*end != ' ' && *end != '\n'))
				break;
			sum += value;
		}
	}
	if (file)
		fclose(file);
	return sum;
}

void dma_progress(char *text, size_t size)
{
	snprintf(text, size, "transfers=%llu failures=%llu complaints=%llu",
		 (unsigned long long)shared->counts.transfers,
		 (unsigned long long)shared->counts.failures,
		 (unsigned long long)shared->counts.complaints);
}

static void say_status(const char *id)
{
	char progress[128], *blank;
	char error[sizeof(shared->error)];
	/* The child's last words are there once it is known to have ended. */
	int alive = running();

	dma_progress(progress, sizeof(progress));
	strcpy(error, shared->error[0] ? shared->error : "none");
	while ((blank = strchr(error, ' ')))
		*blank = '_';
	port_say("reply %s dma running=%d %s batches=%llu threads=%llu interrupts=%llu trouble=%s",
		 id, alive, progress, (unsigned long long)shared->batches,
		 (unsigned long long)(shared->counts.started -
				      shared->counts.ended),
		 interrupts(), error);
}

/* The driver goes, or comes back; only while dmatest has no channel of it. */
static void drive(const char *id, const char *what)
{
	char command[64];

	snprintf(command, sizeof(command), "/driver %s", what);
	if (running())
		port_say("reply %s error dmatest is running", id);
	else if (system(command))
		port_say("reply %s error driver %s", id, what);
	else
		say_status(id);
}

/* One NAME=VALUE; those of dmatest, but "channel" may be a list with commas. */
static int apply(const char *word)
{
	const char *value = strchr(word, '=');
	char name[32];

	if (!value || value - word >= (int)sizeof(name))
		return -1;
	snprintf(name, sizeof(name), "%.*s", (int)(value - word), word);
	value++;
	/* Without end there would be no sum. */
	if (!strcmp(name, "iterations") && !atoi(value))
		return -1;
	if (strcmp(name, "channel"))
		return set_parameter(name, value);
	if (strlen(value) >= sizeof(channels))
		return -1;
	strcpy(channels, value);
	return 0;
}

static int prepare(char *words)
{
	char *word, *rest;

	channels[0] = 0;
	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		if (apply(defaults[i]))
			return -1;
	for (word = strtok_r(words, " ", &rest); word;
	     word = strtok_r(NULL, " ", &rest))
		if (apply(word))
			return -1;
	return 0;
}

static void start(const char *id, char *words)
{
	if (running()) {
		port_say("reply %s error dmatest is running", id);
		return;
	}
	if (prepare(words)) {
		port_say("reply %s error not a parameter of dmatest's", id);
		return;
	}
	memset(shared, 0, sizeof(*shared));
	child = fork();
	if (!child) {
		run_batches();
		_exit(0);
	}
	if (child < 0) {
		child = 0;
		failed("fork");
	}
	say_status(id);
}

int dma_open(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return -1;
	return access(place("run"), W_OK);
}

void dma_command(const char *id, const char *text)
{
	char what[16], words[256];
	int end = 0;

	if (sscanf(text, "%15s%n", what, &end) != 1)
		what[0] = 0;
	snprintf(words, sizeof(words), "%s", text + end);
	if (!shared) {
		port_say("reply %s error no vmig.dma=1", id);
	} else if (!strcmp(what, "start")) {
		start(id, words);
	} else if (!strcmp(what, "load") || !strcmp(what, "unload")) {
		drive(id, what);
	} else if (!strcmp(what, "stop") || !strcmp(what, "status")) {
		if (!strcmp(what, "stop"))
			__atomic_store_n(&shared->stop, 1, __ATOMIC_RELAXED);
		say_status(id);
	} else {
		port_say("reply %s error unknown command", id);
	}
}
