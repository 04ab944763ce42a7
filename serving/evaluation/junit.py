"""A run as JUnit XML, which build servers read."""

import re
from collections.abc import Collection, Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from serving.evaluation.verdict import Scored, by_heading

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(name: str, scored: Sequence[Scored], *, failing: Collection[str] | None = None) -> str:
    """A test suite for each group of questions, a test case for each question.

    What is not right is a failure; with `failing`, only what is named there by its id. What only a
    judge can compare, and none has, is skipped.
    """
    root = Element("testsuites", name=_clean(name), tests=str(len(scored)))
    for heading, some in by_heading(scored).items():
        suite = SubElement(root, "testsuite", name=_clean(heading), tests=str(len(some)))
        problems = [_case(suite, f"{name}.{heading}", one, failing) for one in some]
        suite.set("failures", str(problems.count("failure")))
        suite.set("errors", str(problems.count("error")))
    return tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: Element, place: str, one: Scored, failing: Collection[str] | None) -> str:
    """Add a case; what kind of problem it has, if any."""
    case = SubElement(suite, "testcase", classname=_clean(place), name=_clean(one.case.id))
    case.set("time", f"{one.record.seconds:.3f}")
    is_failing = not one.is_right if failing is None else one.case.id in failing
    if not is_failing:
        return ""
    kind = {"failed": "error", "not judged": "skipped"}.get(one.verdict, "failure")
    problem = SubElement(case, kind, type=one.verdict, message=_clean(one.why))
    said = one.record.answer.answer if one.record.answer else ""
    problem.text = _clean(f"{one.case.asked}\n\n{said}")
    return kind


def _clean(text: str) -> str:
    """Without what XML cannot hold."""
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)
