"""Certificates made at start, which nobody has reason to trust."""

import ipaddress
import ssl
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_LIFE = timedelta(days=30)


def made(kind: str, host: str, now: datetime) -> tuple[str, ssl.SSLContext]:
    """The certificate as PEM, and a server's context that shows it; ``kind`` is one of ``faults.CERTIFICATES``.

    A client that is told to trust the PEM accepts ``self_signed``, and neither of the others.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    own = "elsewhere.example" if kind == "other_name" else host
    end = now - timedelta(days=1) if kind == "expired" else now + _LIFE
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, own)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - _LIFE - timedelta(days=1))
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName(_names(own)), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    shown = certificate.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return shown.decode(), _context(shown + secret)


def _names(host: str) -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = [x509.DNSName("localhost")] if host != "elsewhere.example" else []
    try:
        return [*names, x509.IPAddress(ipaddress.ip_address(host))]
    except ValueError:
        return [*names, x509.DNSName(host)]


def _context(chain: bytes) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "chain.pem"
        place.write_bytes(chain)
        context.load_cert_chain(place)
    return context
