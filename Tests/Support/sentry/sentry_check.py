#!/usr/bin/python3
"""sentry_check.py EVENT.json [--show]: what Sentry's own normaliser says of an event.
Prints a line per error and per changed field; exit status 1 when there is any error.
Needs sentry-relay on PYTHONPATH (Tests/Support/python/setup.sh)."""
import json, sys
from sentry_relay.processing import StoreNormalizer, VALID_PLATFORMS

def walk(meta, path=""):                                # the _meta tree: '' holds the notes on a node
    for key, node in (meta or {}).items():
        if key == "": yield path, node
        elif isinstance(node, dict): yield from walk(node, f"{path}.{key}".lstrip("."))

raw = open(sys.argv[1], "rb").read(); sent = json.loads(raw); bad = []
if not isinstance(sent, dict): sys.exit("not a JSON object")
out = StoreNormalizer(project_id=1, protocol_version="7", is_renormalize=False, remove_other=True,
                      normalize_user_agent=False).normalize_event(raw_event=raw.decode())
for e in out.get("errors") or []: bad.append(f"errors: {e}")
for path, note in walk(out.get("_meta")):
    for e in note.get("err") or []: bad.append(f"_meta {path}: {e} (value sent: {note.get('val')!r})")
    for r in note.get("rem") or []: print(f"remark {path}: {r} (length was {note.get('len')})")
if "event_id" not in sent: bad.append("no event_id in what was sent (the normaliser makes one up)")
if sent.get("platform") not in VALID_PLATFORMS: bad.append(f"platform {sent.get('platform')!r} is turned into {out.get('platform')!r}")
moved = {"message": "logentry", "server_name": "tags"}   # the normaliser files these elsewhere
lost = sorted(k for k in sent if out.get(k) is None and out.get(moved.get(k, k)) is None)
if lost: bad.append(f"top-level keys dropped: {lost}")
if "--show" in sys.argv: print(json.dumps({k: v for k, v in out.items() if v is not None}, indent=1, sort_keys=True))
print("\n".join(bad) or f"clean: type={out.get('type')} level={out.get('level')}"); sys.exit(bool(bad))
