"""The commands that grade for points: grade, gradescope."""

import os
from pathlib import Path

import click

from grader.cli.options import FINDING, as_json_option, print_json, repro_line
from grader.errors import GraderError
from grader.screen import Screen
from grader.spec import find_assignment

# --- grade --------------------------------------------------------------------


@click.command()
@click.argument("day")
@click.argument("submission", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Folder for the results."
)
@click.option("--fail-under", type=float, help="Exit with 1 when fewer points are earned.")
@as_json_option
def grade(day: str, submission: Path, out: Path, fail_under: float | None, *, as_json: bool) -> int:
    """Run all checks on a submission and write every output into a folder."""
    from grader import outputs, pipeline  # noqa: PLC0415 - a usage error needs no engine

    assignment = find_assignment(day)
    outputs.prepare(out)
    with Screen(quiet=as_json) as screen:
        try:
            results = [out / "results.json"]
            report = pipeline.grade(
                assignment, submission, results=results, watcher=screen.watcher()
            )
        except GraderError as error:
            outputs.write_refusal(error, out)
            raise
    outputs.write_all(report, out, submission)
    if as_json:
        print_json(report)
    else:
        screen.show_report(report, repro_line(out / "traces"))
        screen.show_defects(report)
        screen.say(f"Written to {out}: results.json, report.json, junit.xml, summary.md, traces/")
    return FINDING if fail_under is not None and report.earned < fail_under else 0


# --- gradescope ---------------------------------------------------------------


@click.command()
@click.option(
    "--root",
    type=click.Path(path_type=Path),
    default="/autograder",
    show_default=True,
    help="The platform's folder.",
)
@click.option("--self-test", is_flag=True, help="Grade the reference instead, at set-up.")
def gradescope(root: Path, *, self_test: bool) -> None:
    """Grade the submission that lies on Gradescope; what `run_autograder` calls.

    What this prints is for the staff; results.json is what the student sees.
    """
    from grader import gradescope as platform  # noqa: PLC0415 - a usage error needs no engine

    with Screen() as screen:
        if self_test:
            report = platform.self_test(root)
            screen.say(
                f"The reference of {report.assignment} earns {report.earned:g} of "
                f"{report.possible:g} points here, in {report.times.wall_s:.1f} s, "
                f"in confinement tier {report.tier}."
            )
            return
        found = platform.serve(root, os.environ, screen.say)
        if found is None:
            screen.say("Not graded: the day's submissions are used up.")
        else:
            screen.show_report(
                found, lambda _: f"grader grade {found.assignment} SUBMISSION --out DIR"
            )
            screen.show_defects(found)
