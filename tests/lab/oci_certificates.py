# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab's certificate authority: made when it is first asked for, and kept in memory."""

from __future__ import annotations

import datetime
import functools
import pathlib
import ssl
import tempfile
import threading
import typing as t

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFE = datetime.timedelta(days=30)
_LOCK = threading.Lock()


class Authority(t.NamedTuple):
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(subject: str, issuer: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    # The key identifiers are what Python 3.13 and newer insist on.
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + LIFE)
    )


AUTHORITY = "The lab of crossaccount.registry"


@functools.lru_cache(maxsize=1)
def _authority() -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    made = _builder(AUTHORITY, AUTHORITY, key)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).add_extension(usage, critical=True)
    made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    return Authority(key, made.sign(key, hashes.SHA256()))


def authority_pem() -> str:
    """The certificate that clients have to trust."""
    with _LOCK:
        return _authority().certificate.public_bytes(serialization.Encoding.PEM).decode()


@functools.lru_cache(maxsize=256)
def _context(host: str) -> ssl.SSLContext:
    authority, key = _authority(), ec.generate_private_key(ec.SECP256R1())
    made = _builder("lab", AUTHORITY, key)  # a common name has 64 characters at most, a host name may have more
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    made = made.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    certificate = made.sign(authority.key, hashes.SHA256()).public_bytes(pem)
    secret = key.private_bytes(pem, form, serialization.NoEncryption())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as file:  # ssl reads keys from files only
        pathlib.Path(file.name).write_bytes(secret + certificate)
        context.load_cert_chain(file.name)
    return context


def context_for(host: str) -> ssl.SSLContext:
    """What a TLS server needs to be this host."""
    with _LOCK:
        return _context(host)
