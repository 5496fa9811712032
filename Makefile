# SPDX-License-Identifier: GPL-2.0
# Targets only: the work is in scripts/ and Kbuild.  "make help" lists them.

ifneq ($(words $(CURDIR))$(findstring :,$(CURDIR)),1)
$(error The path of this clone, '$(CURDIR)', has a space or a colon and kbuild cannot build there: move the clone)
endif

S := $(CURDIR)/scripts
TESTS := tools/testing

# Kernel of the test VM.  For the modules alone, no KERNEL means the running one.
VM_KERNEL := $(or $(KERNEL),6.1)

# What the scripts read from the environment.
export KDIR KERNEL QEMU CASE GROUP LONG MEM BW DIRTY LEGS KVM_TRACE VM_MEMORY GUEST KEEP VMIG_MODULES

.DEFAULT_GOAL := modules

modules: ## build vmig.ko and mcopy.ko: for the running kernel, KERNEL=6.1|6.12|7.2 or KDIR=folder
	$S/modules build

modules_install: ## install what is built into the kernel's updates folder, as root
	$S/modules install

load: ## load the modules built for the running kernel, and what they need, as root
	$S/load

unload: ## unload them
	$S/load --unload

mdevcompat: ## build the program mdevcompat and its library in build/mdevcompat
	@$(MAKE) --no-print-directory -C tools/mdevcompat

install: ## install them: PREFIX=/usr/local DESTDIR=
	@$(MAKE) --no-print-directory -C tools/mdevcompat install

uninstall: ## remove what that installed
	@$(MAKE) --no-print-directory -C tools/mdevcompat uninstall

setup: ## install and download all that building and testing needs (Debian 12, root; once)
	$S/setup

demo: ## a live migration and back in a VM, with report and picture (KEEP=1 keeps the logs)
	$S/demo

check: ## everything short: style, unit tests, VM tests on 6.1 and 6.12, both QEMUs (45 minutes)
	$S/check

check-long: ## everything, for hours; started again it goes on where it stopped
	$S/check --long

check-unit: ## unit tests in user space, no VM (a minute)
	@$(MAKE) --no-print-directory -C $(TESTS)/e2e OUT=$(CURDIR)/build/e2e check
	@PYTHONDONTWRITEBYTECODE=1 python3 $(TESTS)/libvirt/test_hook.py
	@# Those that run in VMs: is what they import all there?
	@for run in $(TESTS)/hosts/run $(TESTS)/libvirt/run; do \
		usage=$$($$run) || [ -n "$$usage" ] || exit 1; done
	@$(MAKE) --no-print-directory -C $(TESTS)/unit check

check-mdevcompat: ## tests of the program mdevcompat and its library, no VM (a minute)
	@$(MAKE) --no-print-directory -C $(TESTS)/mdevcompat check

check-fuzz: ## fuzz the loader and the judge of documents for ten minutes, no VM
	$S/check-fuzz

check-placement: ## schedule 200 hosts by OpenStack's Placement (fetched first), no VM (3 minutes)
	$S/check-placement

check-build: ## build the modules from nothing, no warning allowed: KERNEL=6.1|6.12|7.2 (7.2 is fetched first)
	$S/check-build $(VM_KERNEL)

check-vm: ## kselftests in a VM with KERNEL=6.1|6.12|7.2
	$S/check-vm $(VM_KERNEL)

check-debug: ## kselftests on a kernel with KASAN and lockdep, built first if need be (an hour)
	$S/debug-kernel
	$S/check-vm debug

check-e2e: ## migrations in a VM: KERNEL=6.1|6.12 QEMU=7.2|10 [CASE=name] [GROUP=name] [LONG=1] [MEM=MiB] [BW=MiB/s] [DIRTY=pages/s]
	$S/check-e2e $(VM_KERNEL)

check-mdevctl: ## mdevctl 1.2 and 1.4 with our callout and devices, in a VM with KERNEL=6.1|6.12
	$S/check-mdevctl $(or $(KERNEL),6.12)

check-libvirt: ## Debian 12's libvirt with our hook and devices, in two VMs with KERNEL=6.1|6.12 (libvirt is fetched first)
	$S/check-libvirt $(VM_KERNEL)

check-hosts: ## a guest between two VMs as hosts with 6.1 and 6.12: found, planned, made by mdevctl, moved over TLS
	$S/check-hosts $(VM_KERNEL) 6.12

style: ## checkpatch, sparse, shellcheck, codespell, kernel-doc, lengths
	$S/style

shell: ## a shell in a VM with the modules loaded and two devices: KERNEL=6.1|6.12 QEMU=7.2|10
	$S/vm-shell $(VM_KERNEL)

clean: ## remove all that was built; the cache stays
	rm -rf build
	$(MAKE) -C $(TESTS)/selftests clean

help: ## this list
	@sed -n 's/^\([a-z0-9_-]*\): ## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

.PHONY: modules modules_install load unload mdevcompat install uninstall setup \
	demo check check-long check-unit check-mdevcompat check-fuzz check-placement \
	check-build check-vm check-debug check-e2e check-mdevctl check-libvirt \
	check-hosts style shell clean help
