#!/usr/bin/env python3
"""receiver.py http|smtp DIR: takes what channels send, on a free port of the loopback, in DIR/port.

Each sending is a line of JSON in DIR/got.  DIR/mode, read anew each time, says how it answers:
http: a status, or `hang`; smtp: ok, 450 or 550 to the text, or `drop`: it takes the text and hangs up.
"""
import email
import email.policy
import http.server
import json
import pathlib
import socketserver
import sys
import time


def mode(home):
    try:
        return (home / "mode").read_text().strip()
    except OSError:
        return ""


def note(home, what):
    with open(home / "got", "a", encoding="utf-8") as f:
        f.write(json.dumps(what) + "\n")


class Web(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        how = mode(self.server.home) or "200"
        note(self.server.home, {"key": self.headers["Idempotency-Key"], "body": body, "mode": how,
                                "signature": self.headers["Newswire-Signature"]})
        if how == "hang":
            time.sleep(600)
        self.send_response(int(how))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


class Mail(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self):
        self.say("220 test")
        to = []
        while line := self.rfile.readline().decode():
            verb = line[:4].upper()
            if verb == "DATA":
                self.say("354 go on")
                text = b""
                while (more := self.rfile.readline()) not in (b".\r\n", b""):
                    text += more[1:] if more.startswith(b".") else more
                how = mode(self.server.home) or "ok"
                m = email.message_from_bytes(text, policy=email.policy.default)
                note(self.server.home, {"to": to, "subject": m["Subject"], "id": m["Message-ID"], "from": m["From"],
                                        "date": m["Date"], "text": m.get_content(), "mode": how})
                if how == "drop":
                    return
                self.say("250 taken" if how == "ok" else f"{how} not taken")
                to = []
                continue
            if verb == "RCPT":
                to.append(line.split("<")[1].split(">")[0])
            if verb == "QUIT":
                self.say("221 bye")
                return
            self.say("250 fine")


def main():
    kind, home = sys.argv[1], pathlib.Path(sys.argv[2])
    server = (http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web) if kind == "http"
              else socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mail))
    server.home, server.daemon_threads = home, True
    (home / "port.tmp").write_text(str(server.server_address[1]))
    (home / "port.tmp").rename(home / "port")
    server.serve_forever()


if __name__ == "__main__":
    main()
