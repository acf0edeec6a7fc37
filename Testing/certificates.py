"""Certificates of authorities that nobody else trusts, made by openssl."""

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Certificate:
    """A certificate and its key."""

    certificate_file: Path
    key_file: Path
    ca_file: Path

    def settings(self, ca_file=None):
        """Return them as ``node.toml`` names them."""
        return {
            "ca_file": str(ca_file or self.ca_file),
            "certificate_file": str(self.certificate_file),
            "key_file": str(self.key_file),
        }

    def server(self, clients_from=None):
        """Return the context of a server that demands a certificate from clients."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate_file, self.key_file)
        context.load_verify_locations(clients_from or self.ca_file)
        context.verify_mode = ssl.CERT_REQUIRED
        return context


def make_certificates(folder, authority, *names):
    """Make an authority and certificates from it, for a machine at 127.0.0.1."""
    folder.mkdir(exist_ok=True)
    ca, ca_key = folder / f"{authority}.pem", folder / f"{authority}.key"
    new = ("req", "-newkey", "rsa:2048", "-nodes", "-keyout")
    _openssl(*new, ca_key, "-x509", "-days", "30", "-subj", f"/CN={authority}", "-out", ca)
    made = []
    for name in names:
        request, key, certificate = (folder / f"{name}.{ending}" for ending in ("csr", "key", "crt"))
        extensions = folder / "extensions"
        extensions.write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n", encoding="utf-8")
        _openssl(*new, key, "-subj", f"/CN={name}", "-out", request)
        signed_by = ("-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-extfile", extensions)
        _openssl("x509", "-req", "-in", request, *signed_by, "-days", "30", "-out", certificate)
        made.append(Certificate(certificate, key, ca))
    return made


def _openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
