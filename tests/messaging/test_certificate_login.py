"""The production configuration of deploy/broker on a real node: who logs in, and who does not."""

import json
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pika
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pika.exceptions import AMQPError

from messaging.drift import user, with_password
from messaging.management import Management
from messaging.node import PrivateNode
from messaging.node_layout import ADMINISTRATOR, Ports
from messaging.provision import Provisioner
from messaging.topology import vhost_name

pytestmark = pytest.mark.broker

DEPLOYED = Path(__file__).parents[2] / "deploy" / "broker"
CODE = "FR-CNIL"


class Authority:
    """A certificate authority in a directory."""

    def __init__(self, directory: Path, name: str) -> None:
        self.directory = directory
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        constraints = x509.BasicConstraints(ca=True, path_length=0)
        self.file = directory / f"{name}.pem"
        certificate = _certificate(self.name, self.name, self.key.public_key()).add_extension(
            constraints, critical=True
        )
        self.file.write_bytes(_pem(certificate.sign(self.key, hashes.SHA256())))

    def issue(self, common_name: str, *, days: int = 90) -> tuple[Path, Path]:
        """Files of a certificate and of its key; `days` may be negative."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH])
        certificate = _certificate(subject, self.name, key.public_key(), days=days).add_extension(
            purposes, critical=False
        )
        files = self.directory / f"{common_name}.{days}.pem", self.directory / f"{common_name}.{days}.key"
        files[0].write_bytes(_pem(certificate.sign(self.key, hashes.SHA256())))
        encoding, shape = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        files[1].write_bytes(key.private_bytes(encoding, shape, serialization.NoEncryption()))
        return files


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, days: int = 90
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    draft = x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number())
    return draft.not_valid_before(now - timedelta(days=100)).not_valid_after(now + timedelta(days=days))


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), "participants")


@pytest.fixture(scope="module")
def node(
    rabbitmq_node: PrivateNode, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PrivateNode]:
    """A node with the deployed files, but for their paths and ports; FR-CNIL and the hub have no password there."""
    definitions = authority.directory / "load-definitions.json"
    certificate, key = authority.issue("localhost")

    def deployed(ports: Ports, password: str) -> dict[str, str]:
        loaded = json.loads((DEPLOYED / "load-definitions.json").read_text())
        loaded["users"] = [{**with_password(user(ADMINISTRATOR, limits={}), password, {}), "tags": ["administrator"]}]
        definitions.write_text(json.dumps(loaded))
        replaced = {
            "/etc/rabbitmq/hub-participants-ca.pem": str(authority.file),
            "/etc/rabbitmq/server.pem": str(certificate),
            "/etc/rabbitmq/server.key": str(key),
            "/etc/rabbitmq/load-definitions.json": str(definitions),
            "5671": f"127.0.0.1:{ports.amqp}",
            "= 15672": f"= {ports.management}",
            "listeners.ssl.default": "listeners.ssl.1",
            "4GB": "50MB",
        }
        text = (DEPLOYED / "rabbitmq.conf").read_text()
        for old, new in replaced.items():
            assert old in text, f"{old} is no longer in the deployed configuration"
            text = text.replace(old, new)
        plugins = (DEPLOYED / "enabled_plugins").read_text()
        return {"rabbitmq.conf": text, "advanced.config": "[].\n", "enabled_plugins": plugins}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("messaging.node.configuration", deployed)
        node = PrivateNode(tmp_path_factory.mktemp("tls-node"))
        node.start()
    provisioner = Provisioner(Management(node.management_url), hub_password=None)
    provisioner.ensure(CODE, None)
    provisioner.await_ready(CODE)
    yield node
    node.kill()
    node.stop()


def connect(
    node: PrivateNode,
    authority: Authority,
    files: tuple[Path, Path] | None,
    *,
    vhost: str = vhost_name(CODE),
    credentials: object = None,
) -> pika.BlockingConnection:
    context = ssl.create_default_context(cafile=authority.file)
    context.check_hostname = False
    if files:
        context.load_cert_chain(*files)
    return pika.BlockingConnection(
        pika.ConnectionParameters(
            host="127.0.0.1",
            port=node.ports.amqp,
            virtual_host=vhost,
            credentials=credentials or pika.credentials.ExternalCredentials(),
            ssl_options=pika.SSLOptions(context),
            socket_timeout=10,
            stack_timeout=10,
        )
    )


@pytest.mark.parametrize("name", [CODE, "hub"])
def test_a_certificate_of_the_hubs_authority_logs_in_as_its_common_name(
    node: PrivateNode, authority: Authority, name: str
) -> None:
    connect(node, authority, authority.issue(name)).close()


def _stranger(authority: Authority) -> tuple[Path, Path]:
    elsewhere = authority.directory / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    return Authority(elsewhere, "stranger").issue(CODE)


NOT_OURS: dict[str, Callable[[Authority], tuple[Path, Path] | None]] = {
    "of another authority": _stranger,
    "that has expired": lambda authority: authority.issue(CODE, days=-1),
    "for a participant that is not there": lambda authority: authority.issue("DE-BNETZA"),
    "at all": lambda authority: None,
}


@pytest.mark.parametrize("files", NOT_OURS.values(), ids=NOT_OURS.keys())
def test_nobody_logs_in_without_a_certificate_of_a_participant(
    node: PrivateNode, authority: Authority, files: Callable[[Authority], tuple[Path, Path] | None]
) -> None:
    with pytest.raises((AMQPError, OSError)):
        connect(node, authority, files(authority))


def test_a_certificate_does_not_open_anothers_virtual_host(node: PrivateNode, authority: Authority) -> None:
    with pytest.raises(AMQPError, match="530"):
        connect(node, authority, authority.issue(CODE), vhost="/")


def test_a_password_is_no_way_in(node: PrivateNode, authority: Authority) -> None:
    password = pika.PlainCredentials(node.administrator, node.administrator_password)
    with pytest.raises(AMQPError):
        connect(node, authority, authority.issue(CODE), credentials=password)


def test_a_suspended_participants_valid_certificate_no_longer_opens(node: PrivateNode, authority: Authority) -> None:
    provisioner = Provisioner(Management(node.management_url), hub_password=None)
    provisioner.suspend(CODE)
    with pytest.raises(AMQPError):
        connect(node, authority, authority.issue(CODE))
    provisioner.restore(CODE, None)
    connect(node, authority, authority.issue(CODE)).close()
