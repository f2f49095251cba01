"""The verbs of `lab`: one function each."""

import argparse
import os
import subprocess
import sys
import time

import calls
import certificates
import demo
import faults
import laboratory
import network
import outcomes
import parts
import play
import processes
import report
import topology
from laboratory import Lab
from topology import LabError

# Exit codes are those of Dialtone's programs.
DONE, INTERNAL, USAGE, DOES_NOT_HOLD = 0, 1, 2, 10

ABOUT = """A telephone world on one machine, in network namespaces: three branches, two ISPs, two carriers, Teams' hubs, a
backup PBX, a Kamailio voice layer, and all of Dialtone. Break something by name and watch what happens."""
EXAMPLES = """examples:
  lab up                          make it and start everything
  lab calls start                 20 calls a second to the numbers of three groups
  lab fault hubs blackhole        Teams' hubs vanish
  lab dialtone explain            what Dialtone thinks about it
  lab calls report                what callers lived through since then
  lab fault heal                  everything works again
  lab down                        remove every trace"""


def up(lab, given):
    lab.up(given.bin, given.block, given.policy)
    print(f"lab {lab.name} is up and all is well; `lab faults` lists what can be broken")


def down(lab, _given):
    removed = lab.down()
    print(f"lab {lab.name}: {removed} namespaces removed" if removed else f"lab {lab.name} was not up")


def status(lab, _given):
    facts = lab.state.read()
    print(f"lab {lab.name}, addresses {facts['block']}, state in {lab.state.directory}\n")
    for name, record in sorted(facts["processes"].items()):
        running = processes.alive(record)
        word = "runs" if running else ("DIED" if record["wanted"] else "stopped")
        print(f"  {name:<16} {word:<8} {record['namespace']:<20} pid {record['pid']}")
    print("\nfaults in force: " + (", ".join(f"{name} (for {time.time() - began:.0f} s)"
                                             for name, began in facts["faults"].items()) or "none"))
    lab.check()


def fault(lab, given):
    name = " ".join(given.fault)
    if name == faults.HEAL or name.startswith(faults.HEAL + " "):
        return heal(lab, argparse.Namespace(fault=given.fault[1:]))
    lab.check()
    lab.faults.break_(name)
    print(f"broken: {name}: {faults.catalogue()[name]}")
    return DONE


def heal(lab, given):
    lab.check()
    lab.faults.heal(" ".join(given.fault) or None)
    print("healed: " + (" ".join(given.fault) or "everything"))


def list_faults(_lab, _given):
    for name, words in faults.catalogue().items():
        print(f"  {name:<24} {words}")
    print(f"  {faults.HEAL:<24} ends all faults; `heal FAULT` ends one")


def kill(lab, given):
    for name in given.part:
        lab.kill(name)
        print(f"killed: {name}")


def start(lab, given):
    for name in given.part:
        lab.start(name)
        print(f"started: {name}")


def exec_(lab, given):
    namespace = lab.topology.namespace(given.namespace)
    if namespace not in network.existing(lab.name):
        raise LabError(f"no namespace {given.namespace}; there are: {', '.join(lab.topology.namespaces())}")
    return subprocess.call(["ip", "netns", "exec", namespace, *given.command])


def dialtone(lab, given):
    lab.check()
    return subprocess.call(lab.dialtone_command(*given.arguments))


def call_load(lab, given):
    lab.check()
    if given.what == "start":
        lab.calls.start(given.rate, given.talk, tuple(calls.CALLERS))
        print(f"carrier 1 places {given.rate:g} calls a second through each voice layer, with Dialtone and without; "
              f"each talks {given.talk:g} s")
    elif given.what == "stop":
        print("no new calls; those in progress have ended" if lab.calls.stop() else "no calls were being placed")
    else:
        began = min(lab.faults.in_force().values(), default=lab.state.read().get("last_fault"))
        judged = {}
        for layer, heading in calls.HEADINGS.items():
            tail = lab.calls.follow(layer)
            tail.read()
            judged[heading] = outcomes.judge(tail.calls, began, start=began)
        print(report.table(judged, began))


def link(lab, given):
    lab.check()
    names = topology.shaped_links(lab.topology)
    if given.link not in names:
        raise LabError(f"no link named {given.link}; links: {', '.join(names)}")
    direction, words = ("both", given.change)
    if words and words[0] in ("up", "down", "both"):
        direction, words = words[0], words[1:]
    said = lab.parts.world.shape_link(given.link, direction, None if words == ["normal"] else " ".join(words))
    print(said.replace("; ", "\n"))


def dial(lab, given):
    lab.check()
    for call in lab.calls.dial(given.caller, given.number, given.caller_id):
        print(report.one_call(call))


def main(arguments):
    """Runs one verb; returns the exit code."""
    given = _parser().parse_args(arguments)
    lab = Lab(given.name)
    try:
        done = given.run(lab, given) or DONE
        sys.stdout.flush()
        return done
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return INTERNAL
    except BrokenPipeError:  # whoever read along has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        print("lab: interrupted", file=sys.stderr)
        return 130


def _parser():
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--name", default=os.environ.get("LAB_NAME", laboratory.DEFAULT_NAME),
                        help="which lab, when there are several (default: %(default)s, or $LAB_NAME)")
    making = argparse.ArgumentParser(add_help=False)
    making.add_argument("--block", default=laboratory.DEFAULT_BLOCK, help="its addresses, a /16 (default: %(default)s)")
    making.add_argument("--bin", default=os.path.join(certificates.REPOSITORY, "build", "release"),
                        help="build directory of the programs (default: %(default)s)")
    making.add_argument("--policy", default=laboratory.DEFAULT_POLICY, help="policy file (default: %(default)s)")
    parser = argparse.ArgumentParser(prog="lab", description=ABOUT, epilog=EXAMPLES,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(name, run, words, *parents):
        made = verbs.add_parser(name, help=words, description=words, parents=[common, *parents])
        made.set_defaults(run=run)
        return made

    verb("up", up, "make the lab and start everything", making)
    verb("down", down, "stop and remove everything of this lab")
    verb("status", status, "what runs, what is broken")
    verb("faults", list_faults, "list what can be broken")
    verb("fault", fault, "put a fault in force, or `heal`").add_argument("fault", nargs="+")
    verb("heal", heal, "end one fault, or all").add_argument("fault", nargs="*")
    verb("kill", kill, "kill -9 parts, for example: " + ", ".join(parts.OURS)).add_argument("part", nargs="+")
    verb("start", start, "start parts that were killed").add_argument("part", nargs="+")
    inside = verb("exec", exec_, "run a command in one of its namespaces")
    inside.add_argument("namespace")
    inside.add_argument("command", nargs=argparse.REMAINDER)
    verb("dialtone", dialtone, "the operator's CLI, with the lab's operator certificate").add_argument(
        "arguments", nargs=argparse.REMAINDER)
    load = verb("calls", call_load, "the steady load of carrier 1, through both voice layers")
    load.add_argument("what", choices=["start", "stop", "report"])
    load.add_argument("--rate", type=float, default=calls.RATE, help="calls per second (default: %(default)s)")
    load.add_argument("--talk", type=float, default=calls.TALK_SECONDS, help="seconds talked (default: %(default)s)")
    cable = verb("link", link, "show or change a link: delay and jitter in ms, loss in per cent, burst in packets, rate "
                 "in kbit/s; `normal` undoes all")
    cable.add_argument("link", help="a branch: its access line; media: the way to Teams' media")
    cable.add_argument("change", nargs="*", help="for example `delay=80 loss=5 burst=4`; with `up` (away from the branch, "
                       "or from Teams' media to its users) or `down` before it only that way")
    verb("play", play.run, "what can be shown of a scenario file (tests/scenarios/README.md), and whether its truths hold: exit "
         "0, 10 when they do not, 2 when nothing can be shown").add_argument("file", metavar="FILE.scn")
    single = verb("dial", dial, "place single calls and say who answered")
    single.add_argument("caller", help=", ".join((*topology.CARRIERS, topology.TEAMS, *topology.PBXES)))
    single.add_argument("number", nargs="+")
    single.add_argument("--caller-id", default=calls.CALLER_ID)
    verb("demo", demo.run, "the story: Teams falls silent, calls are answered elsewhere, and come home", making)
    return parser
