/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The compatibility documents of mcopy, as they are read from sysfs. Shared with
 * the unit test live_test, which has the judge look at them.
 */
#ifndef VMIG_TEST_DOCUMENTS_H
#define VMIG_TEST_DOCUMENTS_H

/* Of a parent with a pool of this size. */
#define MCOPY_DOCUMENT_POOL	"2047"

/*
 * All up to the newline, of the type mcopy-m<units> and its devices; %s is the
 * scope.
 */
#define MCOPY_DOCUMENT(units)						\
	"{\"abi\":1,\"scope\":\"%s\",\"gen\":1,"			\
	"\"pool\":{\"id\":\"mcopy\",\"total\":" MCOPY_DOCUMENT_POOL	\
	",\"units\":" units "},"						\
	"\"self\":{\"model\":\"vmig/mcopy\",\"device_api\":\"vfio-pci\","	\
	"\"bus\":{\"pci\":{\"vendor\":\"1234\",\"device\":\"6d63\"}},"	\
	"\"mdev_type\":\"mcopy-m" units "\",\"version\":\"2.0.0\","	\
	"\"capacity\":" units ",\"features\":[]}}"

#endif /* VMIG_TEST_DOCUMENTS_H */
