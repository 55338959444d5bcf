#!/usr/bin/env python3
"""How long one rendering of the default Slack format takes, over 100 000 of them."""
import subprocess

import bench

FORMAT = ("Task {{ .failure.Name }} ({{ .failure.ID }}) died with status {{ .failure.State }} "
          "[<{{ .stdoutURL }}|stdout>, <{{ .stderrURL }}|stderr>]")
print("default Slack format: " + subprocess.run(
    [bench.binary(), "render", "-repeat", "100000", "-format", FORMAT], check=True, stdout=subprocess.PIPE,
    text=True).stdout.strip())
