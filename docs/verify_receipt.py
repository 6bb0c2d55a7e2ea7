"""Checks a receipt of /v1/lookups/{id}/receipt by itself: python3 verify_receipt.py FILE [FINGERPRINT]. Needs openssl 3."""
import base64, hashlib, json, subprocess, sys, tempfile
sha = lambda *parts: hashlib.sha256(b"".join(parts)).digest()
num = lambda n: n.to_bytes(8, "big")
def blob(b):
    n, out = len(b), b""
    while n > 127: out, n = out + bytes([n & 127 | 128]), n >> 7
    return out + bytes([n]) + b
def climb(node, index, size, path):
    last = size - 1
    for other in map(bytes.fromhex, path):
        if index & 1 or index == last:
            node = sha(b"\1", other, node)
            while not index & 1 and index: index, last = index >> 1, last >> 1
        else: node = sha(b"\1", node, other)
        index, last = index >> 1, last >> 1
    assert last == 0, "a path has another length than its tree"
    return node
r = json.load(open(sys.argv[1]))
t, w, c, key = r["transfer"], r["wallet"], r["checkpoint"], base64.b64decode(r["publicKey"])
entry = b"".join(blob(t[f].encode()) for f in ("businessId", "kind", "reference", "debit", "credit")) + blob(bytes.fromhex(t["evidence"]))
book = climb(sha(b"\0", entry, num(t["amount"]), num(t["createdAtMillis"]), num(t["entry"])), t["entry"] - w["firstEntry"], w["lastEntry"] - w["firstEntry"] + 1, w["path"])
leaf = blob(b"whoseline wallet") + blob(t["businessId"].encode()) + num(w["firstEntry"]) + num(w["lastEntry"]) + blob(book) + blob(bytes.fromhex(w["mark"])) + blob(bytes.fromhex(w["previous"]))
root, print_ = climb(sha(b"\0", leaf), c["position"], c["size"], c["path"]), hashlib.sha256(key).hexdigest()
assert f"\nsize {c['size']}\nroot {root.hex()}\n" in c["text"] and f"\nkey {print_}\n" in c["text"], "the checkpoint is of something else"
assert len(sys.argv) < 3 or sys.argv[2] == print_, "another key signed it"
with tempfile.TemporaryDirectory() as d:
    for name, content in ("key", bytes.fromhex("302a300506032b6570032100") + key), ("text", c["text"].encode()), ("sig", base64.b64decode(c["signature"])): open(f"{d}/{name}", "wb").write(content)
    subprocess.run(f"openssl pkeyutl -verify -pubin -keyform DER -inkey {d}/key -rawin -in {d}/text -sigfile {d}/sig".split(), check=True, stdout=subprocess.DEVNULL)
print(f"true: {t['kind']} of {t['amount']} kobo for {t['reference']}, signed at {c['at']} by {print_}")
