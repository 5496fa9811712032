/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The compatibility documents of mcopy, as they are read from sysfs. Shared with
 * the unit test live_test, which has the judge look at them.
 */
#ifndef VMIG_TEST_DOCUMENTS_H
#define VMIG_TEST_DOCUMENTS_H

/* Of a parent with a pool of this size. */
#define MCOPY_DOCUMENT_POOL	"2047"

#define MCOPY_DOCUMENT_HEAD(scope, units)				\
	"{\"abi\":1,\"scope\":\"" scope "\",\"gen\":1,"			\
	"\"pool\":{\"id\":\"mcopy\",\"total\":" MCOPY_DOCUMENT_POOL	\
	",\"units\":" units "},"					\
	"\"self\":{\"model\":\"vmig/mcopy\",\"device_api\":\"vfio-pci\","	\
	"\"bus\":{\"pci\":{\"vendor\":\"1234\",\"device\":\"6d63\"}},"	\
	"\"mdev_type\":\"mcopy-m" units "\",\"version\":\"3.3.0\","	\
	"\"profile\":\"p3\",\"capacity\":" units ","			\
	"\"features\":[\"crc\",\"dma\",\"fill\",\"queues\"],"		\
	"\"params\":{\"num_queues\":4,\"ring_max\":1024}},"		\
	"\"profiles\":{\"default\":\"p3\",\"accepts\":[\"p1\",\"p2\",\"p3\"]},"

#define MCOPY_DOCUMENT_ENTRY(version, capacity, features, params)	\
	"{\"mdev_type\":[\"mcopy-m1\",\"mcopy-m16\",\"mcopy-m256\","	\
	"\"mcopy-m1024\"],"						\
	"\"version\":{\"min\":\"" version "\",\"max\":\"" version "\"},"	\
	capacity							\
	"\"features\":{\"all\":[" features "],\"only\":[" features "]},"	\
	"\"params\":{" params "},"					\
	"\"off\":{\"num_queues\":1,\"ring_max\":4096}"

#define MCOPY_DOCUMENT_TAIL(capacity, params, when)			\
	"\"compatible\":["						\
	MCOPY_DOCUMENT_ENTRY("3.1", capacity, "\"dma\"", "") "},"	\
	MCOPY_DOCUMENT_ENTRY("3.2", capacity,				\
			     "\"crc\",\"dma\",\"fill\"", "") "},"	\
	MCOPY_DOCUMENT_ENTRY("3.3", capacity,				\
			     "\"crc\",\"dma\",\"fill\",\"queues\"",	\
			     params) when "}]}"

/*
 * All up to the newline, of the type mcopy-m<units>. @capacity is what its
 * instances can have, and @aggregator how they get it.
 */
#define MCOPY_TYPE_DOCUMENT(units, aggregator, capacity)		\
	(MCOPY_DOCUMENT_HEAD("type", units)				\
	"\"create\":{" aggregator					\
	"\"migration/profile\":\"profile\","				\
	"\"migration/param_num_queues\":\"params.num_queues\","		\
	"\"migration/param_ring_max\":\"params.ring_max\"},"		\
	MCOPY_DOCUMENT_TAIL(						\
		"\"capacity\":" capacity ",",				\
		"\"num_queues\":{\"min\":1,\"max\":4},"			\
		"\"ring_max\":{\"min\":2,\"max\":4096}",		\
		",\"when\":[{\"if\":{\"num_queues\":{\"min\":3}},"	\
		"\"then\":{\"ring_max\":{\"max\":1024}}}]"))

#define MCOPY_RANGE(min, max)	"{\"min\":" min ",\"max\":" max "}"
#define MCOPY_AGGREGATOR(units, max)					\
	"\"aggregator\":{\"capacity_div\":" units ",\"min\":1,\"max\":" max "},"

/* Of an instance of that type that nobody has touched. */
#define MCOPY_DEVICE_DOCUMENT(units)					\
	(MCOPY_DOCUMENT_HEAD("device", units)				\
	 MCOPY_DOCUMENT_TAIL("", "\"num_queues\":4,\"ring_max\":1024", ""))

static const struct mcopy_document {
	const char *name;
	const char *units;
	const char *type;
	const char *device;
} mcopy_documents[] = {
	{
		"mcopy-m1", "1",
		MCOPY_TYPE_DOCUMENT("1", MCOPY_AGGREGATOR("1", "1024"),
				    MCOPY_RANGE("1", "1024")),
		MCOPY_DEVICE_DOCUMENT("1"),
	},
	{
		"mcopy-m16", "16",
		MCOPY_TYPE_DOCUMENT("16", MCOPY_AGGREGATOR("16", "64"),
				    MCOPY_RANGE("16", "1024")),
		MCOPY_DEVICE_DOCUMENT("16"),
	},
	{
		"mcopy-m256", "256",
		MCOPY_TYPE_DOCUMENT("256", MCOPY_AGGREGATOR("256", "4"),
				    MCOPY_RANGE("256", "1024")),
		MCOPY_DEVICE_DOCUMENT("256"),
	},
	{
		"mcopy-m1024", "1024",
		MCOPY_TYPE_DOCUMENT("1024", "", "1024"),
		MCOPY_DEVICE_DOCUMENT("1024"),
	},
};

#define MCOPY_DOCUMENTS	\
	(sizeof(mcopy_documents) / sizeof(mcopy_documents[0]))

#endif /* VMIG_TEST_DOCUMENTS_H */
