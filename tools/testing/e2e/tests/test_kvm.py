# SPDX-License-Identifier: GPL-2.0
"""Is it the emulated processor that a guest died of?"""

import unittest

from vmige2e.kvm import delivered_twice

# What a guest of 6.1 said, less its registers.
STACK = """\
[  245.235684]  ? early_xen_iret_patch+0xc/0xc
[  245.235775]  sysvec_apic_timer_interrupt+0xa/0x90
[  245.235979]  asm_sysvec_apic_timer_interrupt+0x16/0x20
[  245.236035] RIP: 0010:asm_sysvec_apic_timer_interrupt+0x0/0x20
[  245.236058] Code: e9 65 07 00 00 0f 1f 44 00 00 <0f> 01 ca fc
[  245.236071] RSP: 0000:fffffe0000002fd8 EFLAGS: 00010002
[  245.236089] RAX: 0000003b4490c345 RBX: 0000000000000001 RCX: 0000003148a1bb44
"""


class DeliveredTwiceTest(unittest.TestCase):
    def test_found(self):
        self.assertEqual(delivered_twice(STACK),
                         "asm_sysvec_apic_timer_interrupt")
        self.assertEqual(delivered_twice("before\n" + STACK + "behind\n"),
                         "asm_sysvec_apic_timer_interrupt")

    def test_interrupts_were_on(self):
        self.assertEqual(delivered_twice(STACK.replace("00010002",
                                                       "00010202")), "")

    def test_another_place(self):
        self.assertEqual(delivered_twice(STACK.replace("+0x0/", "+0x4/")), "")
        self.assertEqual(delivered_twice(STACK.replace(
            "RIP: 0010:asm_sysvec_apic_timer_interrupt",
            "RIP: 0010:asm_sysvec_reschedule_ipi")), "")
        self.assertEqual(delivered_twice(STACK.replace("RIP: 0010",
                                                       "RIP: 0033")), "")

    def test_an_exception(self):
        self.assertEqual(delivered_twice(STACK.replace(
            "asm_sysvec_apic_timer_interrupt", "asm_exc_page_fault")), "")

    def test_cut_off(self):
        for end in range(0, STACK.index("EFLAGS")):
            self.assertEqual(delivered_twice(STACK[:end]), "")


if __name__ == "__main__":
    unittest.main()
