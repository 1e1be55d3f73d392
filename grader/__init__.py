"""An auto-grader: confined workers, recorded inputs, minimal counterexamples."""
