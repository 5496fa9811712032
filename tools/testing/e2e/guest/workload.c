// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's half of the end-to-end test: writes device memory and registers
 * without pause, remembers what they ought to hold, and says so over a serial
 * port when they don't. It doesn't know when it is migrated.
 *
 * usage: workload [PORT [DEVICE [PARAMETERS]]]
 * DEVICE counts from 0. Parameters are those of the kernel command line:
 * vmig.token, vmig.seed, vmig.rate (pages written a second), vmig.direct=1:
 * device memory by loads and stores, not by commands of the device; and
 * vmig.dma=1: the device has a driver, whose the interrupts are.
 *
 * Commands are lines "<id> <word> [argument]"; the answer carries the id.
 *   status | verify | rate N | pause | resume | quit
 *   stale PAGE, flip PAGE	damage a page; the checks must notice
 *   write PAGE			write it properly again
 *   dma start [NAME=VALUE...] | dma stop | dma status | dma load | dma unload,
 *				see dma.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/mcopy.h>

#include "crc32c.h"
#include "device.h"
#include "dma.h"
#include "model.h"
#include "port.h"

/* Findings that are printed one by one after each start or command. */
#define FINDINGS_SHOWN	8
/* Further behind than this, the clock jumped or the host was busy. */
#define BEHIND_MS	1000

static struct model model;
static struct tally checked;
static struct {
	uint64_t random;
	uint64_t writes;
	uint64_t checks;
	uint64_t iteration;
	uint64_t register_errors;
	uint64_t jumps;
	uint64_t next_us;	/* when the next iteration is due */
	uint64_t next_tick_ms;
	uint32_t version;	/* of the interface that was found at first */
	uint32_t features;
	unsigned int rate;
	unsigned int shown;
	bool paused;
	bool ready;
	bool dma;
} state;

static void die(const char *what, uint32_t result)
{
	port_say("fail %s result=%u", what, result);
	exit(1);
}

static uint64_t random_next(void)
{
	uint64_t x = state.random;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	state.random = x;
	return x * 0x2545f4914f6cdd1dULL;
}

static void report(const struct finding *f)
{
	if (state.shown++ >= FINDINGS_SHOWN)
		return;
	port_say("wrong page=%u seq=%u word=%u:%u crc=%08x expected=%08x",
		 f->page, f->seq, (uint32_t)(f->word >> 32), (uint32_t)f->word,
		 f->crc_found, f->crc_expected);
}

/* Registers hold functions of the iteration that wrote them. */
static uint64_t scratch_low(uint64_t iteration)
{
	return iteration ^ model.seed;
}

static uint32_t scratch_high(uint64_t iteration)
{
	return (uint32_t)iteration * 2654435761u;
}

static void expect(const char *name, uint64_t found, uint64_t wanted)
{
	if (found == wanted)
		return;
	state.register_errors++;
	if (state.shown++ < FINDINGS_SHOWN)
		port_say("wrong register=%s found=%llx expected=%llx", name,
			 (unsigned long long)found, (unsigned long long)wanted);
}

static void check_registers(void)
{
	expect("scratch01", device_read64(MCOPY_REG_SCRATCH),
	       scratch_low(state.iteration));
	expect("scratch2", device_read32(MCOPY_REG_SCRATCH + 8),
	       scratch_high(state.iteration));
	if (!state.dma)
		expect("irq_enable", device_read32(MCOPY_REG_IRQ_ENABLE),
		       state.iteration & MCOPY_IRQ_MASK);
}

static void write_registers(void)
{
	state.iteration++;
	device_write64(MCOPY_REG_SCRATCH, scratch_low(state.iteration));
	device_write32(MCOPY_REG_SCRATCH + 8, scratch_high(state.iteration));
	if (!state.dma)
		device_write32(MCOPY_REG_IRQ_ENABLE,
			       state.iteration & MCOPY_IRQ_MASK);
}

static void check_constants(void)
{
	expect("id", device_read32(MCOPY_REG_ID), MCOPY_ID);
	expect("version", device_version(), state.version);
	expect("features", device_read32(MCOPY_REG_FEATURES), state.features);
	expect("capacity", (uint64_t)device_capacity() * MCOPY_UNIT_SIZE,
	       device_memory_size());
	expect("scratch3", device_read32(MCOPY_REG_SCRATCH + 12),
	       (uint32_t)model.seed);
	if (!state.dma)
		expect("irq_status", device_read32(MCOPY_REG_IRQ_STATUS), 0);
}

static void write_page(uint32_t page)
{
	uint32_t result = model_write(&model, page);

	if (result != MCOPY_RESULT_OK)
		die("write", result);
	state.writes++;
}

static void check_page(uint32_t page)
{
	uint32_t result = model_check(&model, page, &checked);

	if (result != MCOPY_RESULT_OK)
		die("check", result);
	state.checks++;
}

static void say_status(const char *what)
{
	char work[160], dma[128] = "";

	if (state.dma)
		dma_progress(dma, sizeof(dma));
	snprintf(work, sizeof(work),
		 "seq=%llu writes=%llu checks=%llu wrong=%llu registers=%llu",
		 (unsigned long long)state.iteration,
		 (unsigned long long)state.writes,
		 (unsigned long long)state.checks,
		 (unsigned long long)checked.wrong,
		 (unsigned long long)state.register_errors);
	port_say("%s %s jumps=%llu rate=%u paused=%d %s", what, work,
		 (unsigned long long)state.jumps, state.rate, state.paused,
		 dma);
}

static void verify(const char *id)
{
	struct tally all = { .report = report };
	uint64_t start = clock_ms();
	uint32_t result;

	check_constants();
	check_registers();
	result = model_verify(&model, &all);
	if (result != MCOPY_RESULT_OK)
		die("verify", result);
	port_say("reply %s verified bytes=%llu wrong=%llu registers=%llu ms=%llu",
		 id, (unsigned long long)all.bytes,
		 (unsigned long long)all.wrong,
		 (unsigned long long)state.register_errors,
		 (unsigned long long)(clock_ms() - start));
}

static void page_command(const char *id, const char *word, uint32_t page)
{
	uint32_t result = MCOPY_RESULT_OK;

	if (page >= model.pages) {
		port_say("reply %s error no such page", id);
		return;
	}
	if (!strcmp(word, "stale"))
		result = model_make_stale(&model, page);
	else if (!strcmp(word, "flip"))
		model_flip_bit(&model, page);
	else
		write_page(page);
	port_say("reply %s %s page=%u seq=%u result=%u", id, word, page,
		 model.seq[page], result);
}

static void set_pace(unsigned int rate, bool paused)
{
	state.rate = rate;
	state.paused = paused;
	state.next_us = clock_ms() * 1000;
}

static void obey(char *line)
{
	char id[32], word[16], what[64];
	unsigned int argument = 0;
	int end = 0;

	if (sscanf(line, "%31s %15s%n %u", id, word, &end, &argument) < 2)
		return;
	state.shown = 0;
	if (!strcmp(word, "dma")) {
		dma_command(id, line + end);
		return;
	}
	if (!strcmp(word, "verify")) {
		verify(id);
		return;
	}
	if (!strcmp(word, "stale") || !strcmp(word, "flip") ||
	    !strcmp(word, "write")) {
		page_command(id, word, argument);
		return;
	}
	if (!strcmp(word, "rate")) {
		set_pace(argument, state.paused);
	} else if (!strcmp(word, "pause")) {
		set_pace(state.rate, true);
	} else if (!strcmp(word, "resume")) {
		set_pace(state.rate, false);
	} else if (strcmp(word, "status") && strcmp(word, "quit")) {
		port_say("reply %s error unknown command", id);
		return;
	}
	snprintf(what, sizeof(what), "reply %s status", id);
	say_status(what);
	if (!strcmp(word, "quit"))
		exit(0);
}

static void iterate(void)
{
	check_registers();
	write_registers();
	if (state.rate)
		write_page(random_next() % model.pages);
	check_page(random_next() % model.pages);
}

/*
 * The clock of a migrated guest may leap. A loop that is late by much starts
 * counting anew, it doesn't make up for what it missed.
 */
static int due_in_ms(void)
{
	uint64_t now = clock_ms() * 1000;

	if (state.paused)
		return 200;
	if (now > state.next_us + BEHIND_MS * 1000 ||
	    now + BEHIND_MS * 1000 < state.next_us) {
		state.jumps++;
		state.next_us = now;
	}
	return now >= state.next_us ? 0 : (state.next_us - now + 999) / 1000;
}

static void tick(void)
{
	uint64_t now = clock_ms();

	if (now < state.next_tick_ms && state.next_tick_ms < now + 2000)
		return;
	state.next_tick_ms = now + 1000;
	if (state.ready) {
		check_constants();
		say_status("tick");
	} else {
		port_say("filling writes=%llu",
			 (unsigned long long)state.writes);
	}
}

static void loop(void)
{
	for (;;) {
		int wait = due_in_ms();
		char *line = port_command(wait > 200 ? 200 : wait);

		if (line)
			obey(line);
		tick();
		if (state.paused || due_in_ms())
			continue;
		iterate();
		/* With nothing to write, a few checks a second go on. */
		state.next_us += 1000000 / (state.rate ? state.rate : 10);
	}
}

static void fill_all(void)
{
	uint64_t start = clock_ms();

	device_write32(MCOPY_REG_SCRATCH + 12, (uint32_t)model.seed);
	write_registers();
	for (uint32_t page = 0; page < model.pages; page++) {
		write_page(page);
		tick();
	}
	state.ready = true;
	port_say("ready pages=%u ms=%llu", model.pages,
		 (unsigned long long)(clock_ms() - start));
	set_pace(state.rate, false);
}

static void start_device(unsigned int index)
{
	const uint32_t commands = MCOPY_FEATURES_COMMAND;
	uint32_t version;
	char how[64];

	if (device_open(index))
		die(device_error, 0);
	version = device_version();
	state.version = version;
	state.features = device_read32(MCOPY_REG_FEATURES);
	model.commands = (state.features & commands) == commands;
	snprintf(how, sizeof(how), "seed=%llu crc=%s direct=%d",
		 (unsigned long long)model.seed, crc32c_name(), model.direct);
	port_say("hello id=%08x version=%u.%u.%u capacity=%u memory=%llu %s",
		 device_read32(MCOPY_REG_ID), version >> 16,
		 version >> 8 & 0xff, version & 0xff, device_capacity(),
		 (unsigned long long)device_memory_size(), how);
	if (device_read32(MCOPY_REG_ID) != MCOPY_ID ||
	    (uint64_t)device_capacity() * MCOPY_UNIT_SIZE !=
	    device_memory_size())
		die("identity", 0);
	if (!model.commands && !model.direct)
		die("features", 0);
}

static const char *kernel_command_line(void)
{
	static char line[4096];
	FILE *file = fopen("/proc/cmdline", "r");

	if (!file || !fgets(line, sizeof(line), file))
		line[0] = 0;
	if (file)
		fclose(file);
	return line;
}

/* What follows "name=", up to the next space. */
static const char *parameter(const char *line, const char *name)
{
	const char *found = strstr(line, name);

	if (!found)
		return "0";
	found += strlen(name);
	return strndup(found, strcspn(found, "\n "));
}

int main(int argc, char **argv)
{
	const char *line = argc > 3 ? argv[3] : kernel_command_line();
	unsigned int index;

	crc32c_init();
	if (port_open(argc > 1 ? argv[1] : "/dev/ttyS1",
		      parameter(line, "vmig.token=")))
		return 1;
	index = argc > 2 ? atoi(argv[2]) : 0;
	/* Two devices must not hold the same. */
	model.seed = strtoull(parameter(line, "vmig.seed="), NULL, 0) + index;
	state.random = model.seed | 1;
	state.rate = atoi(parameter(line, "vmig.rate="));
	model.direct = atoi(parameter(line, "vmig.direct="));
	checked.report = report;
	state.dma = atoi(parameter(line, "vmig.dma="));
	if (state.dma && dma_open())
		die("dmatest", 0);
	start_device(index);
	if (model_init(&model, device_memory_size() / DEVICE_PAGE,
		       model.seed))
		die("memory", 0);
	fill_all();
	loop();
}
