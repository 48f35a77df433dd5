"""The one command: `python build.py` builds the site, `python build.py --help` tells the rest."""

import sys

try:
    from broadsheet.cli import entry
except ModuleNotFoundError as missing:
    sys.exit(f"缺少 {missing.name}。先运行 make site：它会备好所需的一切。")
except KeyboardInterrupt:  # before anything has begun
    sys.exit(130)

if __name__ == "__main__":
    entry()
