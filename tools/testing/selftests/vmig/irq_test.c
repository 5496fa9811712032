// SPDX-License-Identifier: GPL-2.0
/* Interrupts: from a cause in a register to the eventfd that listens. */
#include <sys/eventfd.h>

#include "test.h"

#define TRIGGER		VFIO_IRQ_SET_ACTION_TRIGGER
#define MASK		VFIO_IRQ_SET_ACTION_MASK
#define UNMASK		VFIO_IRQ_SET_ACTION_UNMASK
#define INTX		VFIO_PCI_INTX_IRQ_INDEX
#define MSI		VFIO_PCI_MSI_IRQ_INDEX
#define MSIX		VFIO_PCI_MSIX_IRQ_INDEX

#define PCI_COMMAND		0x04
#define PCI_COMMAND_INTX_OFF	0x0400
#define PCI_STATUS		0x06
#define PCI_STATUS_INTX		0x0008

FIXTURE(irq)
{
	struct bench bench;
	const struct vfio *vfio;
	int fd[MCOPY_IRQ_VECTORS];
};

FIXTURE_SETUP(irq)
{
	unsigned int i;

	test_open(_metadata, &self->bench, 1);
	self->vfio = &self->bench.device[0].vfio;
	for (i = 0; i < MCOPY_IRQ_VECTORS; i++) {
		self->fd[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		ASSERT_GE(self->fd[i], 0);
	}
	ASSERT_EQ(0, mcopy_set(self->vfio, MCOPY_REG_IRQ_ENABLE,
			       MCOPY_IRQ_MASK));
}

FIXTURE_TEARDOWN(irq)
{
	unsigned int i;

	for (i = 0; i < MCOPY_IRQ_VECTORS; i++)
		close(self->fd[i]);
	test_close(_metadata, &self->bench);
}

/* How often it was signalled since the last call. */
static int signals(int fd)
{
	uint64_t count;

	return read(fd, &count, sizeof(count)) == sizeof(count) ? count : 0;
}

static int raise_causes(const struct vfio *vfio, uint32_t causes)
{
	return mcopy_set(vfio, MCOPY_REG_IRQ_RAISE, causes);
}

static int clear_causes(const struct vfio *vfio, uint32_t causes)
{
	return mcopy_set(vfio, MCOPY_REG_IRQ_STATUS, causes);
}

static int unmask_pin(const struct vfio *vfio)
{
	return vfio_set_irqs(vfio, INTX, UNMASK, 0, 1);
}

TEST_F(irq, counts_are_told)
{
	static const struct {
		uint32_t index, count, flags;
	} irqs[] = {
		{ VFIO_PCI_INTX_IRQ_INDEX, 1, VFIO_IRQ_INFO_EVENTFD |
		  VFIO_IRQ_INFO_MASKABLE | VFIO_IRQ_INFO_AUTOMASKED },
		{ VFIO_PCI_MSI_IRQ_INDEX, MCOPY_IRQ_VECTORS,
		  VFIO_IRQ_INFO_EVENTFD },
		{ VFIO_PCI_MSIX_IRQ_INDEX, MCOPY_IRQ_VECTORS,
		  VFIO_IRQ_INFO_EVENTFD },
		{ VFIO_PCI_REQ_IRQ_INDEX, 1, VFIO_IRQ_INFO_EVENTFD },
	};
	struct vfio_irq_info info;
	size_t i;

	EXPECT_EQ(VFIO_PCI_NUM_IRQS, self->vfio->info.num_irqs);
	for (i = 0; i < ARRAY_SIZE(irqs); i++) {
		EXPECT_EQ(0, vfio_irq(self->vfio, irqs[i].index, &info));
		EXPECT_EQ(irqs[i].count, info.count);
		EXPECT_EQ(irqs[i].flags, info.flags & irqs[i].flags);
	}
	EXPECT_EQ(-EINVAL, vfio_irq(self->vfio, VFIO_PCI_NUM_IRQS, &info));
}

TEST_F(irq, vector_is_the_number_of_the_cause)
{
	unsigned int i, j;

	ASSERT_EQ(0, vfio_set_eventfds(self->vfio, MSIX, TRIGGER, 0,
				       MCOPY_IRQ_VECTORS, self->fd));
	for (i = 0; i < MCOPY_IRQ_VECTORS; i++) {
		ASSERT_EQ(0, raise_causes(self->vfio, 1U << i));
		for (j = 0; j < MCOPY_IRQ_VECTORS; j++)
			EXPECT_EQ(i == j, signals(self->fd[j])) {
				TH_LOG("cause %u, vector %u", i, j);
			}
	}
}

/*
 * Trap 40 (Documentation/traps.rst): QEMU asks for the vectors that the guest
 * uses, with holes between them.
 */
TEST_F(irq, vectors_may_have_holes)
{
	int fds[MCOPY_IRQ_VECTORS];
	unsigned int i;

	for (i = 0; i < MCOPY_IRQ_VECTORS; i++)
		fds[i] = i % 3 ? -1 : self->fd[i];
	ASSERT_EQ(0, vfio_set_eventfds(self->vfio, MSIX, TRIGGER, 0,
				       MCOPY_IRQ_VECTORS, fds));
	ASSERT_EQ(0, raise_causes(self->vfio, MCOPY_IRQ_MASK));
	for (i = 0; i < MCOPY_IRQ_VECTORS; i++)
		EXPECT_EQ(i % 3 == 0, signals(self->fd[i]));
	/* One more, one less, the others as they were. */
	ASSERT_EQ(0, vfio_set_eventfds(self->vfio, MSIX, TRIGGER, 1, 1,
				       &self->fd[1]));
	/* Its cause came up while it had no eventfd: told now, once. */
	EXPECT_EQ(1, signals(self->fd[1]));
	fds[3] = -1;
	ASSERT_EQ(0, vfio_set_eventfds(self->vfio, MSIX, TRIGGER, 3, 1,
				       &fds[3]));
	ASSERT_EQ(0, clear_causes(self->vfio, MCOPY_IRQ_MASK));
	ASSERT_EQ(0, raise_causes(self->vfio, MCOPY_IRQ_MASK));
	for (i = 0; i < MCOPY_IRQ_VECTORS; i++)
		EXPECT_EQ(i == 0 || i == 1 || i == 6, signals(self->fd[i]));
}

TEST_F(irq, vectors_can_be_taken_away)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, vfio_set_eventfds(self->vfio, MSIX, TRIGGER, 0,
					       MCOPY_IRQ_VECTORS, self->fd));
		ASSERT_EQ(0, vfio_set_irqs(self->vfio, MSIX, TRIGGER, 0, 0));
	}
	ASSERT_EQ(0, raise_causes(self->vfio, MCOPY_IRQ_MASK));
	for (i = 0; i < MCOPY_IRQ_VECTORS; i++)
		EXPECT_EQ(0, signals(self->fd[i]));
}

/* A guest gets as many messages as it asked for, or fewer: they are shared. */
TEST_F(irq, message_is_the_number_of_the_cause_modulo_their_count)
{
	unsigned int count, i, j;

	for (count = 1; count <= MCOPY_IRQ_VECTORS; count++) {
		ASSERT_EQ(0, vfio_set_eventfds(self->vfio, MSI, TRIGGER, 0,
					       count, self->fd));
		for (i = 0; i < MCOPY_IRQ_VECTORS; i++) {
			ASSERT_EQ(0, raise_causes(self->vfio, 1U << i));
			for (j = 0; j < MCOPY_IRQ_VECTORS; j++)
				EXPECT_EQ(i % count == j,
					  signals(self->fd[j])) {
					TH_LOG("cause %u of %u messages", i,
					       count);
				}
		}
		ASSERT_EQ(0, clear_causes(self->vfio, MCOPY_IRQ_MASK));
		ASSERT_EQ(0, vfio_set_irqs(self->vfio, MSI, TRIGGER, 0, 0));
	}
}

TEST_F(irq, messages_can_be_taken_away)
{
	unsigned int i;

	ASSERT_EQ(0, vfio_set_eventfds(self->vfio, MSI, TRIGGER, 0, 4,
				       self->fd));
	ASSERT_EQ(0, vfio_set_irqs(self->vfio, MSI, TRIGGER, 0, 0));
	ASSERT_EQ(0, raise_causes(self->vfio, MCOPY_IRQ_MASK));
	for (i = 0; i < MCOPY_IRQ_VECTORS; i++)
		EXPECT_EQ(0, signals(self->fd[i]));
	/* Who listens next is told of all that is set. */
	ASSERT_EQ(0, vfio_set_eventfds(self->vfio, MSI, TRIGGER, 0, 2,
				       self->fd));
	EXPECT_EQ(4, signals(self->fd[0]));
	EXPECT_EQ(4, signals(self->fd[1]));
}

TEST_F(irq, messages_can_be_tried_out)
{
	ASSERT_EQ(0, vfio_set_eventfds(self->vfio, MSI, TRIGGER, 0, 4,
				       self->fd));
	EXPECT_EQ(0, vfio_set_irqs(self->vfio, MSI, TRIGGER, 2, 1));
	EXPECT_EQ(0, signals(self->fd[0]));
	EXPECT_EQ(0, signals(self->fd[1]));
	EXPECT_EQ(1, signals(self->fd[2]));
	EXPECT_GT(0, vfio_set_irqs(self->vfio, MSI, MASK, 0, 1));
	EXPECT_GT(0, vfio_set_irqs(self->vfio, MSI, TRIGGER, 0,
				   MCOPY_IRQ_VECTORS + 1));
}

TEST_F(irq, message_comes_after_a_load)
{
	const struct migration *migration = &self->bench.device[0].migration;
	struct buffer stream = { 0 };

	ASSERT_EQ(0, raise_causes(self->vfio, 1U << 5));
	ASSERT_EQ(0, migration_save(migration, &stream));
	ASSERT_EQ(0, vfio_set_eventfds(self->vfio, MSI, TRIGGER, 0, 4,
				       self->fd));
	EXPECT_EQ(0, signals(self->fd[1]));
	ASSERT_EQ(0, migration_load(migration, &stream));
	EXPECT_EQ(1, signals(self->fd[1]));
	EXPECT_EQ(0, signals(self->fd[0]));
	buffer_free(&stream);
}

TEST_F(irq, cause_must_be_enabled)
{
	ASSERT_EQ(0, vfio_set_eventfds(self->vfio, MSIX, TRIGGER, 0, 2,
				       self->fd));
	ASSERT_EQ(0, mcopy_set(self->vfio, MCOPY_REG_IRQ_ENABLE, 2));
	ASSERT_EQ(0, raise_causes(self->vfio, 3));
	EXPECT_EQ(0, signals(self->fd[0]));
	EXPECT_EQ(1, signals(self->fd[1]));
	/* It is still set, so it interrupts once it may. */
	ASSERT_EQ(0, mcopy_set(self->vfio, MCOPY_REG_IRQ_ENABLE, 3));
	EXPECT_EQ(1, signals(self->fd[0]));
	EXPECT_EQ(0, signals(self->fd[1]));
}

TEST_F(irq, pin_masks_itself)
{
	ASSERT_EQ(0, vfio_set_eventfds(self->vfio, INTX, TRIGGER, 0, 1,
				       self->fd));
	ASSERT_EQ(0, raise_causes(self->vfio, 1));
	EXPECT_EQ(1, signals(self->fd[0]));
	ASSERT_EQ(0, raise_causes(self->vfio, 2));
	EXPECT_EQ(0, signals(self->fd[0]));
	/* A level: as long as a cause is set, unmasking fires again. */
	ASSERT_EQ(0, unmask_pin(self->vfio));
	EXPECT_EQ(1, signals(self->fd[0]));
	ASSERT_EQ(0, clear_causes(self->vfio, 1));
	ASSERT_EQ(0, unmask_pin(self->vfio));
	EXPECT_EQ(1, signals(self->fd[0]));
	ASSERT_EQ(0, clear_causes(self->vfio, 2));
	ASSERT_EQ(0, unmask_pin(self->vfio));
	EXPECT_EQ(0, signals(self->fd[0]));
	ASSERT_EQ(0, raise_causes(self->vfio, 4));
	EXPECT_EQ(1, signals(self->fd[0]));
}

TEST_F(irq, pin_can_be_masked)
{
	ASSERT_EQ(0, vfio_set_eventfds(self->vfio, INTX, TRIGGER, 0, 1,
				       self->fd));
	ASSERT_EQ(0, vfio_set_irqs(self->vfio, INTX, MASK, 0, 1));
	ASSERT_EQ(0, raise_causes(self->vfio, 1));
	EXPECT_EQ(0, signals(self->fd[0]));
	ASSERT_EQ(0, unmask_pin(self->vfio));
	EXPECT_EQ(1, signals(self->fd[0]));
}

/* What came up before anyone listened is heard by the first who does. */
TEST_F(irq, pin_tells_a_new_listener)
{
	ASSERT_EQ(0, raise_causes(self->vfio, 1));
	ASSERT_EQ(0, vfio_set_eventfds(self->vfio, INTX, TRIGGER, 0, 1,
				       self->fd));
	EXPECT_EQ(1, signals(self->fd[0]));
	ASSERT_EQ(0, vfio_set_irqs(self->vfio, INTX, TRIGGER, 0, 0));
	ASSERT_EQ(0, unmask_pin(self->vfio));
	EXPECT_EQ(0, signals(self->fd[0]));
}

TEST_F(irq, pin_needs_an_enabled_cause)
{
	ASSERT_EQ(0, vfio_set_eventfds(self->vfio, INTX, TRIGGER, 0, 1,
				       self->fd));
	ASSERT_EQ(0, mcopy_set(self->vfio, MCOPY_REG_IRQ_ENABLE, 0));
	ASSERT_EQ(0, raise_causes(self->vfio, 1));
	EXPECT_EQ(0, signals(self->fd[0]));
	ASSERT_EQ(0, mcopy_set(self->vfio, MCOPY_REG_IRQ_ENABLE, 1));
	EXPECT_EQ(1, signals(self->fd[0]));
}

static int set_command(const struct vfio *vfio, uint16_t command)
{
	return vfio_write(vfio, VFIO_PCI_CONFIG_REGION_INDEX, PCI_COMMAND,
			  &command, sizeof(command));
}

TEST_F(irq, pin_obeys_the_command_register)
{
	uint16_t status;

	ASSERT_EQ(0, vfio_set_eventfds(self->vfio, INTX, TRIGGER, 0, 1,
				       self->fd));
	ASSERT_EQ(0, set_command(self->vfio, PCI_COMMAND_INTX_OFF));
	ASSERT_EQ(0, raise_causes(self->vfio, 1));
	EXPECT_EQ(0, signals(self->fd[0]));
	/* The status bit tells nevertheless. */
	ASSERT_EQ(0, vfio_read(self->vfio, VFIO_PCI_CONFIG_REGION_INDEX,
			       PCI_STATUS, &status, sizeof(status)));
	EXPECT_TRUE(status & PCI_STATUS_INTX);
	ASSERT_EQ(0, set_command(self->vfio, 0));
	EXPECT_EQ(1, signals(self->fd[0]));
	ASSERT_EQ(0, clear_causes(self->vfio, 1));
	ASSERT_EQ(0, vfio_read(self->vfio, VFIO_PCI_CONFIG_REGION_INDEX,
			       PCI_STATUS, &status, sizeof(status)));
	EXPECT_FALSE(status & PCI_STATUS_INTX);
}

/* The eventfd's work is done elsewhere in the kernel: give it a moment. */
static int signals_soon(int fd)
{
	unsigned int tries;
	int count;

	for (tries = 0; tries < 500; tries++) {
		count = signals(fd);
		if (count)
			return count;
		usleep(10000);
	}
	return 0;
}

/*
 * Trap 39 (Documentation/traps.rst): KVM acknowledges so; without it QEMU takes
 * its mappings away.
 */
TEST_F(irq, pin_is_unmasked_by_an_eventfd)
{
	const uint64_t one = 1;
	unsigned int i;
	int none = -1;

	ASSERT_EQ(0, vfio_set_eventfds(self->vfio, INTX, TRIGGER, 0, 1,
				       &self->fd[0]));
	ASSERT_EQ(0, vfio_set_eventfds(self->vfio, INTX, UNMASK, 0, 1,
				       &self->fd[1]));
	ASSERT_EQ(0, raise_causes(self->vfio, 1));
	EXPECT_EQ(1, signals(self->fd[0]));
	/* A level: as long as the cause is set, each one fires it again. */
	for (i = 0; i < 5; i++) {
		ASSERT_EQ(sizeof(one), write(self->fd[1], &one, sizeof(one)));
		EXPECT_EQ(1, signals_soon(self->fd[0]));
	}
	ASSERT_EQ(0, clear_causes(self->vfio, 1));
	ASSERT_EQ(sizeof(one), write(self->fd[1], &one, sizeof(one)));
	usleep(100000);
	EXPECT_EQ(0, signals(self->fd[0]));
	/* It was unmasked all the same. */
	ASSERT_EQ(0, raise_causes(self->vfio, 1));
	EXPECT_EQ(1, signals(self->fd[0]));
	/* Taken away, it unmasks no more. */
	ASSERT_EQ(0, vfio_set_eventfds(self->vfio, INTX, UNMASK, 0, 1, &none));
	ASSERT_EQ(sizeof(one), write(self->fd[1], &one, sizeof(one)));
	usleep(100000);
	EXPECT_EQ(0, signals(self->fd[0]));
}

TEST_F(irq, can_be_tried_out)
{
	ASSERT_EQ(0, vfio_set_eventfds(self->vfio, MSIX, TRIGGER, 0, 2,
				       self->fd));
	EXPECT_EQ(0, vfio_set_irqs(self->vfio, MSIX, TRIGGER, 1, 1));
	EXPECT_EQ(0, signals(self->fd[0]));
	EXPECT_EQ(1, signals(self->fd[1]));
}

TEST_F(irq, bad_requests_are_refused)
{
	const int not_an_eventfd = self->vfio->device;
	const int closed = 999;

	EXPECT_GT(0, vfio_set_eventfds(self->vfio, MSIX, TRIGGER, 0, 1,
				       &not_an_eventfd));
	EXPECT_GT(0, vfio_set_eventfds(self->vfio, MSIX, TRIGGER, 0, 1,
				       &closed));
	EXPECT_GT(0, vfio_set_eventfds(self->vfio, MSIX, TRIGGER, 1,
				       MCOPY_IRQ_VECTORS, self->fd));
	EXPECT_GT(0, vfio_set_eventfds(self->vfio, MSIX, TRIGGER, ~0U, 2,
				       self->fd));
	EXPECT_GT(0, vfio_set_irqs(self->vfio, MSIX, MASK, 0, 1));
	EXPECT_GT(0, vfio_set_eventfds(self->vfio, MSI, TRIGGER, 1,
				       MCOPY_IRQ_VECTORS, self->fd));
	EXPECT_GT(0, vfio_set_irqs(self->vfio, VFIO_PCI_NUM_IRQS, TRIGGER, 0,
				   1));
	EXPECT_GT(0, vfio_set_irqs(self->vfio, INTX, TRIGGER | MASK, 0, 1));
}

/*
 * Trap 11 (Documentation/traps.rst): an interrupt that was on its way when the
 * device stopped is not lost.
 */
TEST_F(irq, cause_interrupts_again_after_a_stop)
{
	const struct migration *migration = &self->bench.device[0].migration;

	ASSERT_EQ(0, vfio_set_eventfds(self->vfio, MSIX, TRIGGER, 0, 1,
				       self->fd));
	ASSERT_EQ(0, raise_causes(self->vfio, 1));
	EXPECT_EQ(1, signals(self->fd[0]));
	ASSERT_EQ(0, migration_set_state(migration, STATE_STOP));
	EXPECT_EQ(0, signals(self->fd[0]));
	ASSERT_EQ(0, migration_set_state(migration, STATE_RUNNING));
	EXPECT_EQ(1, signals(self->fd[0]));
}

TEST_F(irq, cause_interrupts_after_a_load)
{
	const struct migration *migration = &self->bench.device[0].migration;
	struct buffer stream = { 0 };

	ASSERT_EQ(0, raise_causes(self->vfio, 2));
	ASSERT_EQ(0, migration_save(migration, &stream));
	ASSERT_EQ(0, migration_set_state(migration, STATE_RESUMING));
	ASSERT_EQ(0, migration_feed(migration, stream.data, stream.length,
				    stream.length));
	ASSERT_EQ(0, vfio_set_eventfds(self->vfio, MSIX, TRIGGER, 0,
				       MCOPY_IRQ_VECTORS, self->fd));
	EXPECT_EQ(0, signals(self->fd[1]));
	ASSERT_EQ(0, migration_set_state(migration, STATE_RUNNING));
	EXPECT_EQ(1, signals(self->fd[1]));
	EXPECT_EQ(0, signals(self->fd[0]));
	buffer_free(&stream);
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
