#!/usr/bin/env python3
"""Shows of every rule that it can fail: each is fed a small repository that breaks it in one place,
and the same repository without the break."""

import tempfile
import unittest
from pathlib import Path

import code_rules
import text_rules
from tree import Tree

ROOM = {"detector/CMakeLists.txt": "# Decides where calls go.\nadd_library(detector_core plan.cc)\n"}

# rule -> [(files of the repository, [(path, line) of every violation])]
CASES = {
    code_rules.core_is_pure: [
        (ROOM | {"detector/plan.cc": '#include "absl/time/time.h"\n// never absl::Now()\n'}, []),
        (ROOM | {"detector/plan.cc": '#include "grpcpp/grpcpp.h"\n'}, [("detector/plan.cc", 1)]),
        (ROOM | {"detector/plan.cc": "#include <thread>\n"}, [("detector/plan.cc", 1)]),
        (ROOM | {"detector/plan.cc": "\n#include <sys/socket.h>\n"}, [("detector/plan.cc", 2)]),
        (ROOM | {"detector/plan.cc": '#include "base/log.h"\n'}, [("detector/plan.cc", 1)]),
        (ROOM | {"detector/plan.cc": "auto now = absl::Now();\n"}, [("detector/plan.cc", 1)]),
        (ROOM | {"detector/plan.cc": "auto t = time(nullptr);\n"}, [("detector/plan.cc", 1)]),
        (
            # What a core includes is part of it, however far away.
            ROOM
            | {
                "detector/plan.cc": '#include "detector/plan.h"\n',
                "detector/plan.h": '#include "detector/words.h"\n',
                "detector/words.h": '#include "dialtone/v1/fault.pb.h"\n',
            },
            [("detector/words.h", 1)],
        ),
    ],
    code_rules.core_links_little: [
        ({"x/CMakeLists.txt": "target_link_libraries(x_core PUBLIC base absl::time y_core)\n"}, []),
        (
            {"x/CMakeLists.txt": "target_link_libraries(x_core PUBLIC base\n  gRPC::grpc++)\n"},
            [("x/CMakeLists.txt", 0)],
        ),
    ],
    code_rules.core_has_tests: [
        (ROOM | {"detector/plan.cc": "", "tests/detector/plan_test.cc": ""}, []),
        (ROOM | {"detector/plan.cc": ""}, [("detector/plan.cc", 0)]),
    ],
    code_rules.rooms_stay_apart: [
        ({"router/a.cc": '#include "base/check.h"\n#include "dialtone/v1/route.pb.h"\n'}, []),
        ({"router/a.cc": '\n#include "detector/plan.h"\n'}, [("router/a.cc", 2)]),
        ({"base/a.cc": '#include "agents/spool.h"\n'}, [("base/a.cc", 1)]),
        ({"base/a.cc": '#include "dialtone/v1/route.pb.h"\n'}, [("base/a.cc", 1)]),
        ({"deploy/lab/a.cc": '#include "router/store.h"\n'}, [("deploy/lab/a.cc", 1)]),
        ({"cli/a.cc": '#include "detector/simulation/world.h"\n'}, []),
        ({"cli/a.cc": '#include "detector/plan.h"\n'}, [("cli/a.cc", 1)]),
        (
            {
                "agents/CMakeLists.txt": "add_library(agents_core outbox.cc)\n",
                "agents/outbox.cc": '#include "agents/outbox.h"\n',
                "agents/outbox.h": "",
                "agents/loop.h": "",
                "detector/simulation/a.cc": '#include "agents/outbox.h"\n#include "agents/loop.h"\n',
                "detector/a.cc": '#include "agents/outbox.h"\n',
            },
            [("detector/a.cc", 1), ("detector/simulation/a.cc", 2)],
        ),
    ],
    code_rules.headers_are_plain: [
        ({"base/a.h": "// Says what it is.\n#pragma once\nint a;\n"}, []),
        ({"base/a.h": "#ifndef A\n#define A\n#endif\n"}, [("base/a.h", 0)]),
        ({"base/a.cc": "using namespace std;\n"}, [("base/a.cc", 1)]),
    ],
    code_rules.sources_are_built: [
        ({"base/CMakeLists.txt": "add_library(base a.cc)\n", "base/a.cc": ""}, []),
        ({"base/CMakeLists.txt": "add_library(base x/a.cc)\n", "base/x/a.cc": ""}, []),
        ({"base/CMakeLists.txt": "add_library(base data.cc)\n", "base/a.cc": ""}, [("base/a.cc", 0)]),
    ],
    code_rules.unit_tests_do_not_wait: [
        ({"tests/base/a_test.cc": "// no sleep_for(1s) here\n"}, []),
        ({"tests/e2e/a_test.cc": "std::this_thread::sleep_for(1s);\n"}, []),
        ({"tests/bench/a.cc": "auto t = absl::Now();\n"}, []),
        ({"tests/base/a_test.cc": "absl::SleepFor(d);\n"}, [("tests/base/a_test.cc", 1)]),
        ({"tests/base/a_test.cc": "auto t = absl::Now();\n"}, [("tests/base/a_test.cc", 1)]),
        ({"tests/base/a_test.cc": '#include "grpcpp/grpcpp.h"\nauto t = absl::Now();\n'}, []),
    ],
    text_rules.folders_say_what_they_are: [
        ({"README.md": "# One two three four\n", "base/README.md": "# What every room stands on\n"}, []),
        ({"base/CMakeLists.txt": "# What every room stands on.\n", "base/a.cc": ""}, []),
        ({"base/README.md": "# Rooms\n`x/y/`: what is in it.\n", "base/x/y/a.txt": ""}, []),
        ({"base/a.cc": ""}, [("base/", 0)]),
        ({"base/CMakeLists.txt": "add_library(base a.cc)\n"}, [("base/", 0)]),
    ],
    text_rules.protos_are_commented: [
        ({"proto/a.proto": "// File.\n// M.\nmessage M {\n  // F.\n  string f = 1;\n}\n"}, []),
        ({"proto/a.proto": "// File.\n// M.\nmessage M {\n  string f = 1;  // F.\n}\n"}, []),
        ({"proto/a.proto": 'syntax = "proto3";\n'}, [("proto/a.proto", 1)]),
        ({"proto/a.proto": "// File.\n\nmessage M {}\n"}, [("proto/a.proto", 3)]),
        (
            {
                "proto/a.proto": "// File.\n// M.\nmessage M {\n  repeated google.protobuf.Duration f = 1;\n"
                "  //\n  map<string, string> g = 2 [deprecated = true];\n  oneof h {\n"
                "    // I.\n    bool i = 3;\n  }\n}\n"
            },
            [("proto/a.proto", 4), ("proto/a.proto", 6), ("proto/a.proto", 7)],
        ),
        ({"proto/a.proto": "// File.\n// E.\nenum E {\n  E_NONE = 0;\n}\n"}, [("proto/a.proto", 4)]),
        ({"proto/a.proto": "// File.\n// S.\nservice S {\n  rpc R(A) returns (B);\n}\n"}, [("proto/a.proto", 4)]),
    ],
    text_rules.rpcs_name_their_roles: [
        ({"tests/base/a.proto": "rpc Forgotten(A) returns (B);\n"}, []),
        ({"proto/a.proto": "rpc R(A) returns (stream B) {\n  option (allowed_roles) = ROLE_AGENT;\n}\n"}, []),
        ({"proto/a.proto": "\nrpc R(A) returns (B);\n"}, [("proto/a.proto", 2)]),
        ({"proto/a.proto": "rpc R(A) returns (B) {\n  // option (allowed_roles) = X;\n}\n"}, [("proto/a.proto", 1)]),
    ],
    text_rules.words_are_ours: [
        ({"a.cc": "// TODO(#12): later\n// the diagnosis\nabsl::flat_hash_map<A, B> work;\n"}, []),
        ({"a.cc": "// TODO: later\n"}, [("a.cc", 1)]),
        ({"a.sh": "cd /" "work/main\n"}, [("a.sh", 1)]),
        ({"a.h": "class RouteManager {\n"}, [("a.h", 1)]),
        ({"a.md": "The verdict is clear.\n"}, [("a.md", 1)]),
        ({"a.yml": ""}, [("a.yml", 0)]),
    ],
    text_rules.files_are_short: [
        ({"a.cc": "\n" * 400}, []),
        ({"a.cc": "\n" * 401}, [("a.cc", 0)]),
    ],
    text_rules.scripts_are_ready: [
        ({"a.txt": "no script\n"}, []),
        ({"kamailio.cfg": "#!KAMAILIO\n"}, []),
        ({"a.sh": "#!/bin/bash\n"}, [("a.sh", 1)]),
        ({"a.sh": "#!/bin/bash\nif\n"}, [("a.sh", 1), ("a.sh", 0)]),
    ],
    text_rules.documents_are_true: [
        (
            {
                "README.md": "See [the code](base/a.cc#L1) in `base/`; `base/a.cc --check-config` counts "
                "`dialtone_errors_total` and `dialtone_agent_*`.\n",
                "base/a.cc": '"--check-config" "dialtone_errors_total"\n',
            },
            [],
        ),
        ({"README.md": "[the code](base/a.cc)\n"}, [("README.md", 1)]),
        ({"README.md": "`base/b.cc`\n", "base/a.cc": ""}, [("README.md", 1)]),
        ({"README.md": "Counts dialtone_lies_total.\n"}, [("README.md", 1)]),
        ({"README.md": "\nTakes --all-of-it.\n"}, [("README.md", 2)]),
    ],
    text_rules.code_is_formatted: [
        ({".clang-format": "BasedOnStyle: Google\n", "a.cc": "int a = 1;\n"}, []),
        ({".clang-format": "BasedOnStyle: Google\n", "a.cc": "\nint  a=1 ;\n"}, [("a.cc", 2)]),
    ],
}


class Rules(unittest.TestCase):
    def test_each_rule_finds_what_it_forbids_and_nothing_else(self):
        for rule, cases in CASES.items():
            for files, expected in cases:
                with self.subTest(rule=rule.__name__, files=files), tempfile.TemporaryDirectory() as root:
                    for path, text in files.items():
                        (Path(root) / path).parent.mkdir(parents=True, exist_ok=True)
                        (Path(root) / path).write_text(text, encoding="utf-8")
                    found = [(v.path, v.line) for v in rule(Tree(root))]
                    self.assertEqual(found, expected)

    def test_each_rule_is_shown_to_pass_and_to_fail(self):
        self.assertEqual(set(CASES), {*code_rules.RULES, *text_rules.RULES})
        for rule, cases in CASES.items():
            with self.subTest(rule=rule.__name__):
                self.assertTrue(any(not expected for _, expected in cases))
                self.assertTrue(any(expected for _, expected in cases))


if __name__ == "__main__":
    unittest.main()
