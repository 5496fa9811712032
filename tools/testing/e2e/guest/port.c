// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "crc32c.h"
#include "port.h"

static int port = -1;
static const char *token;
static unsigned long lines;
static char input[256];
static unsigned int filled;

uint64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

int port_open(const char *path, const char *run_token)
{
	struct termios raw;

	token = run_token;
	port = open(path, O_RDWR | O_NOCTTY);
	if (port < 0)
		return -1;
	if (!tcgetattr(port, &raw)) {
		cfmakeraw(&raw);
		cfsetspeed(&raw, B115200);
		raw.c_cflag |= CLOCAL;
		tcsetattr(port, TCSANOW, &raw);
	}
	return 0;
}

static void put(const char *data, size_t len)
{
	while (len) {
		ssize_t done = write(port, data, len);

		if (done < 0 && errno != EINTR && errno != EAGAIN)
			_exit(1);
		if (done > 0) {
			data += done;
			len -= done;
		}
	}
}

void port_say(const char *format, ...)
{
	char line[512];
	va_list args;
	int len, more;

	len = snprintf(line, 128, "VMIG %s %lu ", token, lines++);
	va_start(args, format);
	more = vsnprintf(line + len, sizeof(line) - len - 16, format, args);
	va_end(args);
	if (more > (int)sizeof(line) - len - 17)
		more = sizeof(line) - len - 17;
	len += more;
	len += sprintf(line + len, " #%08x\n",
		       ~crc32c_bytes(~0u, line, len));
	put(line, len);
}

/* An overlong line is noise: drop it whole. */
static char *take_line(void)
{
	static char line[sizeof(input)];
	char *end = memchr(input, '\n', filled);

	if (!end) {
		if (filled == sizeof(input))
			filled = 0;
		return NULL;
	}
	*end++ = 0;
	memcpy(line, input, end - input);
	filled -= end - input;
	memmove(input, end, filled);
	return line;
}

char *port_command(int ms)
{
	struct pollfd wait = { .fd = port, .events = POLLIN };
	char *line = take_line();
	ssize_t got;

	if (line)
		return line;
	if (poll(&wait, 1, ms) <= 0)
		return NULL;
	got = read(port, input + filled, sizeof(input) - filled);
	if (got > 0)
		filled += got;
	return take_line();
}
