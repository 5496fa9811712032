/* SPDX-License-Identifier: GPL-2.0 */
#ifndef E2E_PORT_H
#define E2E_PORT_H

#include <stdint.h>

/*
 * Lines to the runner: "VMIG <token> <number> <text> #<crc32c>". The token
 * came on the kernel command line and never in a command, so neither an echo
 * nor an old log can pass for the guest; numbers show lost lines, the
 * checksum mangled ones.
 */
int port_open(const char *path, const char *token);
void port_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Waits up to @ms for a command line; returns it, or NULL. */
char *port_command(int ms);

uint64_t clock_ms(void);

#endif
