"""An Apache Kafka broker of one's own on the loopback interface (KRaft, one
node), and workers on it. The jars come by ./dev setup broker."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

from _gtest import RELEASE
from _table import ROOT

JARS = ROOT / "build" / "kafka" / "jars"
LOAD = RELEASE / "bench" / "kafka_load"
WORKER = RELEASE / "bin" / "hashvet-kafka"
PASSWORD = "correct-horse"


def missing():
    """What is not here to run a broker with; empty: all is."""
    if not WORKER.exists() or not LOAD.exists():
        return "no hashvet-kafka: ./dev setup kafka"
    if not any(JARS.glob("kafka_2.13-*.jar")) or shutil.which("java") is None:
        return "no Apache Kafka: ./dev setup broker"
    return ""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_seconds(process):
    """Of its own threads, so far."""
    fields = open(f"/proc/{process.pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def authority(folder, name):
    """A certificate authority of one's own; its certificate."""
    openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
            "2", "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out",
            f"{name}.pem")
    return folder / f"{name}.pem"


def server_identity(folder, by):
    """Key and certificate of 127.0.0.1, proved by that authority, in a file."""
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", "-subj",
            "/CN=broker", "-keyout", "server.key", "-out", "server.csr")
    openssl(folder, "x509", "-req", "-days", "2", "-in", "server.csr", "-CA",
            f"{by}.pem", "-CAkey", f"{by}.key", "-CAcreateserial", "-extfile",
            "names", "-out", "server.crt")
    both = folder / "server.pem"
    both.touch(mode=0o600)
    both.write_text((folder / "server.key").read_text() +
                    (folder / "server.crt").read_text())
    return both


class Broker:
    """Started by the first start(); stop() and start() again keep its data."""

    def __init__(self, folder):
        self.folder = folder
        self.port, self.sasl_port, self.tls_port, controller = (
            free_port() for _ in range(4))
        self.process = None
        self.properties = folder / "client.properties"
        self.properties.write_text(
            f"bootstrap.servers=127.0.0.1:{self.port}\n")
        jaas = ("org.apache.kafka.common.security.plain.PlainLoginModule "
                f'required user_worker="{PASSWORD}";')
        self.authority = authority(folder, "authority")
        identity = server_identity(folder, "authority")
        self.server = folder / "server.properties"
        self.server.write_text(f"""
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{self.port},SASL_PLAINTEXT://127.0.0.1:{self.sasl_port},SASL_SSL://127.0.0.1:{self.tls_port},CONTROLLER://127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_plaintext.plain.sasl.jaas.config={jaas}
listener.name.sasl_ssl.plain.sasl.jaas.config={jaas}
listener.name.sasl_ssl.ssl.keystore.type=PEM
listener.name.sasl_ssl.ssl.keystore.location={identity}
log.dirs={folder}/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
""")
        cluster = self.java("kafka.tools.StorageTool", "random-uuid")
        self.java("kafka.tools.StorageTool", "format", "-t",
                  cluster.split()[-1], "-c", self.server)

    def command(self, *arguments):
        return ["java", "-Xmx512m", "-XX:+UseSerialGC", "-cp", f"{JARS}/*",
                *map(str, arguments)]

    def java(self, *arguments):
        return subprocess.run(self.command(*arguments), check=True, text=True,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL).stdout

    def start(self):
        self.process = subprocess.Popen(
            self.command("kafka.Kafka", self.server), cwd=self.folder,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.2)
        raise RuntimeError("the broker did not start within 60 s")

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    def create(self, *topics, partitions=4):
        for topic in topics:
            subprocess.run([LOAD, "create", self.properties, topic,
                            str(partitions)], check=True)


class Worker:
    """One hashvet-kafka; its standard error is in a file."""

    def __init__(self, folder, name, arguments):
        self.errors = folder / f"{name}.err"
        self.arguments = [str(a) for a in (
            WORKER, "--instance", name, "--metrics", folder / f"{name}.prom",
            *arguments)]
        self.process = None

    def start(self):
        with open(self.errors, "a") as errors:
            self.process = subprocess.Popen(self.arguments, stderr=errors)

    def kill(self):
        """As a machine that goes away."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        """The exit code of a clean end."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def metrics(self):
        path = pathlib.Path(self.arguments[4])
        lines = path.read_text().splitlines() if path.exists() else []
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1])
                for line in lines if line and not line.startswith("#")}

    def own_bytes(self):
        """Of its own now, without what it maps of files."""
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
        return 0

    def wait_for_partitions(self, count, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.metrics().get("hashvet_kafka_partitions") == count:
                return True
            time.sleep(0.2)
        return False
