"""What slurm.conf says: a cluster on loopback, all of whose files lie below one folder."""

import contextlib
import random
import socket

# The same for every cluster.
FIXED = {
    "ClusterName": "tests",
    "CommunicationParameters": "NoCtldInAddrAny,NoInAddrAny",
    "AuthType": "auth/munge",
    "CredType": "cred/munge",
    # No cgroups: a test machine may not have them. Requests are allotted, not enforced.
    "ProctrackType": "proctrack/linuxproc",
    "TaskPlugin": "task/none",
    "JobAcctGatherType": "jobacct_gather/linux",
    "SelectType": "select/cons_tres",
    "SelectTypeParameters": "CR_CPU_Memory",
    "SlurmdParameters": "config_overrides",
    # A request that no node can meet is refused instead of waiting for ever.
    "EnforcePartLimits": "ALL",
    "SchedulerParameters": "bf_interval=2,sched_interval=2,batch_sched_delay=0",
    "AccountingStorageType": "accounting_storage/none",
    "MpiDefault": "none",
    "MailProg": "/bin/true",
    # A silent node is down after ten seconds, and squeue remembers what has ended.
    "SlurmdTimeout": 10,
    "ReturnToService": 2,
    "KillWait": 3,
    "MinJobAge": 3600,
}


def free_ports(count):
    """Return ports that nobody listens on now: clusters side by side must not meet.

    They lie below those that the system hands out, so that none is taken while its node is down.
    """
    found = []
    for port in random.SystemRandom().sample(range(20000, 32000), 200):
        with socket.socket() as attempt, contextlib.suppress(OSError):
            attempt.bind(("127.0.0.1", port))
            found.append(port)
        if len(found) == count:
            return found
    raise OSError(f"no {count} free ports")


def configuration(folder, user, nodes, cpus, memory):
    """Return slurm.conf as lines, without anything that lies outside the folder or off loopback."""
    host = socket.gethostname().split(".")[0]
    control, default, *ports = free_ports(2 + nodes)
    settings = FIXED | {
        "SlurmctldHost": f"{host}(127.0.0.1)",
        "SlurmctldPort": control,
        "SlurmdPort": default,
        "SlurmUser": user,
        "SlurmdUser": user,
        "AuthInfo": f"socket={folder}/munge/socket",
        "StateSaveLocation": f"{folder}/state",
        "SlurmdSpoolDir": f"{folder}/%n",
        "SlurmctldPidFile": f"{folder}/slurmctld.pid",
        "SlurmdPidFile": f"{folder}/slurmd-%n.pid",
    }
    lines = [f"{name}={value}" for name, value in settings.items()]
    for number, port in enumerate(ports, start=1):
        place = f"NodeName=n{number} NodeHostname={host} NodeAddr=127.0.0.1 Port={port}"
        lines.append(f"{place} CPUs={cpus} RealMemory={memory} State=UNKNOWN")
    lines.append("PartitionName=short Nodes=ALL Default=YES MaxTime=180 State=UP")
    lines.append("PartitionName=long Nodes=ALL MaxTime=UNLIMITED State=UP")
    return lines
