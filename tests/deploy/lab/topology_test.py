#!/usr/bin/env python3
"""Names and addresses of labs: two side by side share nothing, and every fault is understood."""

import ipaddress
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), *[os.pardir] * 3, "deploy", "lab"))

import faults  # noqa: E402  (the path comes first)
import topology  # noqa: E402


def addresses(lab):
    ends = [end for link in topology.links(lab) for end in (link.left, link.right)] + topology.management_ends(lab)
    return [address for end in ends for address in end.addresses] + [lab.detector]


class Topologies(unittest.TestCase):
    def test_every_address_is_used_once_and_lies_in_the_block(self):
        lab = topology.Topology("one", "10.80.0.0/16")
        found = addresses(lab)
        self.assertEqual(sorted(set(found)), sorted(found))
        for address in found:
            self.assertIn(ipaddress.ip_address(address), ipaddress.ip_network("10.80.0.0/16"))

    def test_two_labs_share_neither_a_namespace_nor_an_address(self):
        one, two = topology.Topology("one", "10.80.0.0/16"), topology.Topology("two", "10.81.0.0/16")
        names = [{lab.namespace(short) for short in lab.namespaces()} for lab in (one, two)]
        self.assertFalse(names[0] & names[1])
        self.assertFalse(set(addresses(one)) & set(addresses(two)))

    def test_interfaces_have_names_that_linux_takes(self):
        seen = set()
        for link in topology.links(topology.Topology("one", "10.80.0.0/16")):
            for end in (link.left, link.right):
                self.assertLessEqual(len(end.interface), 15)
                self.assertNotIn((end.namespace, end.interface), seen)
                seen.add((end.namespace, end.interface))

    def test_names_and_blocks_that_cannot_be_are_refused(self):
        for name, block in (("Lab", "10.80.0.0/16"), ("1lab", "10.80.0.0/16"), ("lab", "10.80.0.0/24"), ("lab", "here")):
            with self.subTest(name=name, block=block), self.assertRaises(topology.LabError):
                topology.Topology(name, block)

    def test_each_fault_says_what_it_does_and_concerns_something(self):
        for name, words in faults.catalogue().items():
            with self.subTest(fault=name):
                self.assertTrue(words)
                self.assertTrue(faults.concern(name))

    def test_faults_of_the_same_thing_know_of_each_other(self):
        for one, other in (("hubs blackhole", "hub2 silent"), ("invite 503", "hubs silent"),
                           ("carrier down", "carrier-1 busy"), ("media one-way", "media loss 30")):
            self.assertTrue(faults.concern(one) & faults.concern(other), (one, other))
        self.assertFalse(faults.concern("hubs blackhole") & faults.concern("pbx down"))


if __name__ == "__main__":
    unittest.main()
