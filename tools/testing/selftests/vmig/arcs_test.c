// SPDX-License-Identifier: GPL-2.0
/*
 * Protocol v2 from every state to every state, against what linux/vfio.h says
 * about it in words: the shortest way, which passes through no state of the
 * saving group unless it begins and ends in one. That it is that way is seen by
 * failing each of its arcs in turn: the device is where the arc begins.
 */
#include <dirent.h>
#include <endian.h>
#include <sys/resource.h>

#include "lib/fault.h"
#include "lib/feature.h"
#include "lib/stream.h"
#include "test.h"

#define LONGEST	4
#define SEED	0xa2c5

/* For the table's sake. */
#define STOP	MIG_STOP
#define RUN	MIG_RUNNING
#define RUNP	MIG_RUNNING_P2P
#define SCOPY	MIG_STOP_COPY
#define RESUM	MIG_RESUMING
#define PRE	MIG_PRE_COPY
#define PREP	MIG_PRE_COPY_P2P

/* From a state to the last one of the path; what is between is passed. */
static const struct walk {
	uint32_t from;
	uint32_t path[LONGEST];
} walks[] = {
	{ RUN,	 { PRE } },
	{ RUN,	 { RUNP } },
	{ RUN,	 { RUNP, PREP } },
	{ RUN,	 { RUNP, STOP } },
	{ RUN,	 { RUNP, STOP, SCOPY } },
	{ RUN,	 { RUNP, STOP, RESUM } },
	{ RUNP,	 { RUN } },
	{ RUNP,	 { STOP } },
	{ RUNP,	 { PREP } },
	{ RUNP,	 { RUN, PRE } },
	{ RUNP,	 { STOP, SCOPY } },
	{ RUNP,	 { STOP, RESUM } },
	{ STOP,	 { RUNP } },
	{ STOP,	 { SCOPY } },
	{ STOP,	 { RESUM } },
	{ STOP,	 { RUNP, RUN } },
	{ STOP,	 { RUNP, PREP } },
	{ STOP,	 { RUNP, RUN, PRE } },
	{ SCOPY, { STOP } },
	{ SCOPY, { STOP, RUNP } },
	{ SCOPY, { STOP, RESUM } },
	{ SCOPY, { STOP, RUNP, RUN } },
	{ RESUM, { STOP } },
	{ RESUM, { STOP, RUNP } },
	{ RESUM, { STOP, SCOPY } },
	{ RESUM, { STOP, RUNP, RUN } },
	{ RESUM, { STOP, RUNP, PREP } },
	{ RESUM, { STOP, RUNP, RUN, PRE } },
	{ PRE,	 { RUN } },
	{ PRE,	 { PREP } },
	{ PRE,	 { RUN, RUNP } },
	{ PRE,	 { PREP, SCOPY } },
	{ PRE,	 { RUN, RUNP, STOP } },
	{ PRE,	 { RUN, RUNP, STOP, RESUM } },
	{ PREP,	 { PRE } },
	{ PREP,	 { RUNP } },
	{ PREP,	 { SCOPY } },
	{ PREP,	 { RUNP, RUN } },
	{ PREP,	 { RUNP, STOP } },
	{ PREP,	 { RUNP, STOP, RESUM } },
};

/* "These arcs are not permitted." */
static const uint32_t forbidden[][2] = {
	{ SCOPY, PRE }, { SCOPY, PREP },
};

/* "Will return a new data_fd." */
static const uint32_t opening[][2] = {
	{ RUN, PRE }, { RUNP, PREP }, { STOP, SCOPY }, { STOP, RESUM },
};

static bool is_listed(const uint32_t (*pairs)[2], size_t count, uint32_t from,
		      uint32_t to)
{
	while (count--)
		if (pairs[count][0] == from && pairs[count][1] == to)
			return true;
	return false;
}

static unsigned int steps_of(const struct walk *walk)
{
	unsigned int steps = 0;

	while (steps < LONGEST && walk->path[steps])
		steps++;
	return steps;
}

/* Where the device is after so many steps. */
static uint32_t place(const struct walk *walk, unsigned int steps)
{
	return steps ? walk->path[steps - 1] : walk->from;
}

static uint32_t end_of(const struct walk *walk)
{
	return place(walk, steps_of(walk));
}

static bool opens(const struct walk *walk)
{
	const unsigned int steps = steps_of(walk);

	return is_listed(opening, ARRAY_SIZE(opening), place(walk, steps - 1),
			 place(walk, steps));
}

static bool is_saving(uint32_t state)
{
	return state == PRE || state == PREP || state == SCOPY;
}

FIXTURE(arcs)
{
	struct bench bench;
	struct device *device;
	const struct vfio *vfio;
	struct client *client;
	struct buffer stream;
};

DRIVER_VARIANTS(arcs);

FIXTURE_SETUP(arcs)
{
	TEST_OPEN_OF(&self->bench, variant->driver, 1, &protocol_v2);
	self->device = &self->bench.device[0];
	self->vfio = &self->device->vfio;
	self->client = &self->device->client;
	ASSERT_EQ(0, variant->driver->leave(self->vfio, SEED));
	ASSERT_EQ(0, client_save(self->client, &self->stream));
	ASSERT_EQ(0, fault_clear(&self->device->mdev));
}

FIXTURE_TEARDOWN(arcs)
{
	buffer_free(&self->stream);
	test_close(_metadata, &self->bench);
}

/* Fresh into a state; a session that loads has got all it wants. */
static int enter(struct client *client, uint32_t state,
		 const struct buffer *stream)
{
	int ret = vfio_reset(client->vfio);

	if (!ret)
		ret = client_set_state(client, state);
	if (!ret && state == RESUM)
		ret = client_feed_all(client, stream);
	return ret;
}

/* Return: 0 if there is a session behind the file, of the right kind. */
static int use(int fd, uint32_t state)
{
	/* Also the first byte of any stream. */
	const uint64_t magic = htole64(VMIG_STREAM_MAGIC);
	uint8_t byte;
	ssize_t done;

	done = state == RESUM ? write(fd, &magic, 1) : read(fd, &byte, 1);
	if (done < 0)
		return -errno;
	return done == 1 ? 0 : -EIO;
}

/* Dead for all that can be done with it. */
static bool is_dead(int fd)
{
	uint64_t initial, dirty;
	uint8_t byte = 0;

	return read(fd, &byte, 1) < 0 && (errno == ENODEV || errno == EBADF) &&
	       write(fd, &byte, 1) < 0 && (errno == ENODEV || errno == EBADF) &&
	       feature_precopy_info(fd, &initial, &dirty) == -ENODEV;
}

static void expect_walk(struct __test_metadata *_metadata,
			struct client *client, const struct walk *walk)
{
	const uint32_t to = end_of(walk);
	/* Our own, to see what becomes of it. */
	const int before = client->fd < 0 ? -1 : dup(client->fd);
	const bool goes_on = is_saving(walk->from) && is_saving(to);
	int fd;

	EXPECT_EQ(0, feature_set_state(client->vfio, to, &fd)) {
		TH_LOG("%s -> %s", mig_name(walk->from), mig_name(to));
	}
	EXPECT_EQ(to, feature_state(client->vfio));
	EXPECT_EQ(opens(walk), fd >= 0) {
		TH_LOG("%s -> %s: data_fd is %d", mig_name(walk->from),
		       mig_name(to), fd);
	}
	if (fd >= 0) {
		EXPECT_EQ(0, use(fd, to));
		close(fd);
	}
	if (before >= 0) {
		EXPECT_EQ(goes_on, !is_dead(before)) {
			TH_LOG("%s -> %s", mig_name(walk->from), mig_name(to));
		}
		if (goes_on)
			EXPECT_EQ(0, use(before, to));
		close(before);
	}
}

TEST_F(arcs, lead_from_every_state_to_every_state)
{
	bool walked[MIG_STATES][MIG_STATES] = {};
	uint32_t from, to;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(walks); i++) {
		walked[walks[i].from][end_of(&walks[i])] = true;
		ASSERT_EQ(0, enter(self->client, walks[i].from,
				   &self->stream));
		expect_walk(_metadata, self->client, &walks[i]);
	}
	for (from = STOP; from < MIG_STATES; from++)
		for (to = STOP; to < MIG_STATES; to++)
			EXPECT_EQ(from == to ||
				  is_listed(forbidden, ARRAY_SIZE(forbidden),
					    from, to), !walked[from][to]);
}

TEST_F(arcs, lead_nowhere_from_a_state_to_itself)
{
	uint32_t state;
	int fd;

	for (state = STOP; state < MIG_STATES; state++) {
		ASSERT_EQ(0, enter(self->client, state, &self->stream));
		EXPECT_EQ(0, feature_set_state(self->vfio, state, &fd));
		EXPECT_EQ(-1, fd);
		EXPECT_EQ(state, feature_state(self->vfio));
		/* Its session goes on. */
		if (is_saving(state))
			EXPECT_EQ(0, use(self->client->fd, state));
		if (state == RESUM)
			EXPECT_EQ(0, client_set_state(self->client, RUN));
	}
}

static unsigned int open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int count = 0;

	while (dir && readdir(dir))
		count++;
	if (dir)
		closedir(dir);
	return count;
}

/* The arc after so many steps fails: seen by who asks, and by nobody else. */
static void expect_stop(struct __test_metadata *_metadata,
			struct device *device, const struct walk *walk,
			unsigned int done)
{
	const uint32_t at = place(walk, done), next = place(walk, done + 1);
	const struct vfio *vfio = &device->vfio;
	const unsigned int files = open_files();
	const int error = 100 + done;
	char expected[128];
	int fd;

	ASSERT_EQ(0, fault_fail_arc(&device->mdev, at, next, error, "once"));
	EXPECT_EQ(-error, feature_set_state(vfio, end_of(walk), &fd)) {
		TH_LOG("%s -> %s does not pass %s -> %s", mig_name(walk->from),
		       mig_name(end_of(walk)), mig_name(at), mig_name(next));
	}
	EXPECT_EQ(at, feature_state(vfio)) {
		TH_LOG("%s -> %s stopped before %s is not in %s",
		       mig_name(walk->from), mig_name(end_of(walk)),
		       mig_name(next), mig_name(at));
	}
	EXPECT_EQ(files, open_files());
	snprintf(expected, sizeof(expected),
		 "injected record=0 type=- field=%s errno=%d", mig_name(next),
		 error);
	expect_last_error(_metadata, device, expected);
	/* On from there. */
	EXPECT_EQ(0, feature_set_state(vfio, end_of(walk), &fd));
	EXPECT_EQ(end_of(walk), feature_state(vfio));
	EXPECT_EQ(opens(walk), fd >= 0);
	if (fd >= 0) {
		EXPECT_EQ(0, use(fd, end_of(walk)));
		close(fd);
	}
}

TEST_F(arcs, are_the_shortest_way)
{
	unsigned int done;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(walks); i++) {
		for (done = 0; done < steps_of(&walks[i]); done++) {
			ASSERT_EQ(0, enter(self->client, walks[i].from,
					   &self->stream));
			expect_stop(_metadata, self->device, &walks[i], done);
		}
	}
}

static void expect_refused(struct __test_metadata *_metadata,
			   struct device *device, uint32_t from, uint32_t to,
			   const char *field, const struct buffer *stream)
{
	struct client *client = &device->client;
	char expected[128];
	int fd;

	ASSERT_EQ(0, enter(client, from, stream));
	EXPECT_EQ(-EINVAL, feature_set_state(client->vfio, to, &fd)) {
		TH_LOG("%s -> %u", mig_name(from), to);
	}
	EXPECT_EQ(from, feature_state(client->vfio));
	snprintf(expected, sizeof(expected),
		 "bad-transition record=0 type=- field=%s errno=22", field);
	expect_last_error(_metadata, device, expected);
	/* Nothing has become of its session. */
	if (is_saving(from))
		EXPECT_EQ(0, use(client->fd, from));
	if (from == RESUM)
		EXPECT_EQ(0, client_set_state(client, RUN));
}

TEST_F(arcs, do_not_exist_for_the_rest)
{
	static const uint32_t numbers[] = { MIG_STATES, MIG_STATES + 1, ~0U };
	uint32_t from;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(forbidden); i++)
		expect_refused(_metadata, self->device, forbidden[i][0],
			       forbidden[i][1], mig_name(forbidden[i][1]),
			       &self->stream);
	for (from = STOP; from < MIG_STATES; from++) {
		expect_refused(_metadata, self->device, from, MIG_ERROR,
			       "ERROR", &self->stream);
		for (i = 0; i < ARRAY_SIZE(numbers); i++)
			expect_refused(_metadata, self->device, from,
				       numbers[i], "device_state",
				       &self->stream);
	}
}

/* With what is not a whole stream no way leads out of RESUMING. */
static void expect_stuck(struct __test_metadata *_metadata,
			 struct client *client, int error)
{
	uint32_t to;
	int fd;

	for (to = STOP; to < MIG_STATES; to++) {
		if (to == RESUM)
			continue;
		EXPECT_EQ(error, feature_set_state(client->vfio, to, &fd)) {
			TH_LOG("RESUMING -> %s", mig_name(to));
		}
		EXPECT_EQ(RESUM, feature_state(client->vfio));
		/* The session is there, if only to say so. */
		EXPECT_EQ(error, use(client->fd, RESUM));
	}
}

TEST_F(arcs, lead_out_of_resuming_with_a_whole_stream_only)
{
	const size_t length = self->stream.length;
	struct client *client = self->client;
	struct record record;

	ASSERT_EQ(0, vfio_reset(self->vfio));
	ASSERT_EQ(0, client_set_state(client, RESUM));
	ASSERT_EQ(0, client_feed(client, self->stream.data, length - 1,
				 length));
	expect_stuck(_metadata, client, -ENODATA);

	ASSERT_EQ(0, stream_record(&self->stream, 1, &record));
	record.payload[7] ^= 1;
	ASSERT_EQ(0, vfio_reset(self->vfio));
	ASSERT_EQ(0, client_set_state(client, RESUM));
	ASSERT_EQ(-EBADMSG, client_feed_all(client, &self->stream));
	expect_stuck(_metadata, client, -EBADMSG);
}

/* The core has no file to give away when the driver has moved already. */
TEST_F(arcs, need_a_free_file)
{
	struct rlimit none = { 0 }, before;
	int fd;

	ASSERT_EQ(0, vfio_reset(self->vfio));
	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &before));
	none.rlim_max = before.rlim_max;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	EXPECT_EQ(-EMFILE, feature_set_state(self->vfio, PRE, &fd));
	EXPECT_EQ(-EMFILE, feature_set_state(self->vfio, RESUM, &fd));
	/* Without a session to be had, there still is a way. */
	EXPECT_EQ(0, vfio_reset(self->vfio));
	EXPECT_EQ(RUN, feature_state(self->vfio));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &before));
	EXPECT_EQ(0, client_load(self->client, &self->stream));
	expect_has(_metadata, variant->driver, self->device, SEED);
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
