#!/usr/bin/env python3
"""Writes signatures.jsonl: random requests and the signatures that botocore
makes for them. Run it only to make the file anew (needs botocore):
    python3 make_signatures.py > signatures.jsonl
Every value is random but repeatable; no key in it is anybody's."""
import base64, datetime, email.utils, hashlib, json, random, re, urllib.parse
import botocore.auth as auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.utils import percent_encode

rand = random.Random(20260101)
PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
ODD = "äöüßéèêñ漢字каша😀\u0301\u00a0"
TOKEN = "abcXYZ012/+=="

def text(alphabet, low, high):
    return "".join(rand.choice(alphabet) for _ in range(rand.randint(low, high)))

def headers():
    pairs = {}
    if rand.random() < 0.6: pairs["Content-Type"] = rand.choice(["text/plain; charset=utf-8", "application/xml", "text/plain"])
    if rand.random() < 0.5: pairs["x-amz-acl"] = "private"
    if rand.random() < 0.3: pairs["X-Amz-Meta-Origin"] = text("abc XYZ-_,;", 1, 12).strip() or "x"
    if rand.random() < 0.2: pairs["x-amz-storage-class"] = "REDUCED_REDUNDANCY"
    return pairs

def query():
    return rand.choice([
        [], [], [["uploads", None]], [["uploadId", text(PRINTABLE, 1, 30)], ["partNumber", str(rand.randint(1, 10000))]],
        [["partNumber", "1"], ["uploadId", "2~" + text("abcdefXYZ019._-", 20, 30)]], [["prefix", text(PRINTABLE + ODD, 1, 9)], ["max-keys", "3"]],
        [["response-content-type", "text/plain; charset=utf-8"]]])

for number in range(200):
    form = ["v4-header", "v4-query", "v2-header", "v2-query"][number % 4]
    key = (text(PRINTABLE + ODD, 1, 40) if rand.random() < 0.8 else text("abc/._-~ ", 1, 20))
    bucket = rand.choice(["logs", "my.bucket", "a-b-c"])
    moment = rand.randint(1_000_000_000, 4_000_000_000)
    seconds = rand.randint(1, 604800)
    secret, access = text(TOKEN, 20, 40), text("ABCXYZ0123", 16, 20)
    token = text(TOKEN, 30, 60) if rand.random() < 0.3 else None
    method = "GET" if form.endswith("query") else rand.choice(["GET", "PUT", "POST", "DELETE"])
    sent, params, body = headers(), query(), b""
    if form.endswith("query"): sent = {}
    if method == "PUT":
        body = text(PRINTABLE + ODD, 0, 60).encode()
        if rand.random() < 0.7: sent["Content-MD5"] = base64.b64encode(hashlib.md5(body).digest()).decode()
    host = rand.choice(["s3.example.com", "127.0.0.1:17480", "s3.eu-central-1.amazonaws.com"])
    region = rand.choice(["us-east-1", "eu-central-1", "default"])
    scheme = rand.choice(["http", "https"])
    encoded = "&".join(percent_encode(n, safe="-._~") + ("" if v is None else "=" + percent_encode(v, safe="-._~")) for n, v in params)
    url = f"{scheme}://{host}/{bucket}/{percent_encode(key, safe='/-._~')}" + ("?" + encoded if encoded else "")
    request = AWSRequest(method=method, url=url, headers=dict(sent), data=body)
    request.context["has_streaming_input"] = True  # over https the body then stays out of the signature
    stamp = datetime.datetime.fromtimestamp(moment, datetime.timezone.utc)
    auth.get_current_datetime = lambda remove_tzinfo=True: stamp.replace(tzinfo=None)
    credentials = Credentials(access, secret, token)
    line = dict(form=form, method=method, host=host, bucket=bucket, key=key, query=params, headers=sorted(map(list, sent.items())),
                body=body.decode(), region=region, time=moment, seconds=seconds, access=access, secret=secret, token=token)
    if form == "v4-header":
        auth.S3SigV4Auth(credentials, "s3", region).add_auth(request)
        line["unsigned"] = request.headers["X-Amz-Content-SHA256"] == "UNSIGNED-PAYLOAD"
        line["expected"] = re.search("Signature=(.*)", request.headers["Authorization"]).group(1)
    elif form == "v4-query":
        signer = auth.S3SigV4QueryAuth(credentials, "s3", region, expires=seconds)
        signer.add_auth(request)
        line["expected"] = re.search("X-Amz-Signature=(.*)", request.url).group(1)
    elif form == "v2-header":
        signer = auth.HmacV1Auth(credentials); signer._get_date = lambda: email.utils.formatdate(moment, usegmt=True)
        signer.add_auth(request)
        line["expected"] = request.headers["Authorization"].split(":", 1)[1]
    else:
        signer = auth.HmacV1QueryAuth(credentials, expires=seconds); signer._get_date = lambda: str(moment + seconds)
        signer.add_auth(request)
        line["expected"] = urllib.parse.unquote(re.search("[?&]Signature=([^&]*)", request.url).group(1))
    print(json.dumps(line, ensure_ascii=True, sort_keys=True))
