/* SPDX-License-Identifier: GPL-2.0 */
#ifndef E2E_DMA_H
#define E2E_DMA_H

#include <stddef.h>

/* Is dmatest there to be driven? */
int dma_open(void);

/*
 * Obeys "start [NAME=VALUE...]", "stop", "status", and for the driver "load"
 * and "unload", and answers.
 */
void dma_command(const char *id, const char *text);

/* How far it has come, as words for a status line. */
void dma_progress(char *text, size_t size);

#endif
