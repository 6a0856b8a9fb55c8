#!/bin/sh
# Makes bubblewrap and a Docker engine ready on Debian 12 as root, without systemd. Prints what it did; safe to run twice.
set -eu

log=/var/log/dockerd.log
configuration=/etc/docker/daemon.json
pid_file=/var/run/docker.pid
say() { printf 'engine.sh: %s\n' "$*"; }
answers() { docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

if [ "$(id -u)" -ne 0 ]; then
    say "must run as root" >&2
    exit 1
fi

missing=""
command -v bwrap >/dev/null || missing="$missing bubblewrap"
command -v dockerd >/dev/null || missing="$missing docker.io"
command -v docker >/dev/null || missing="$missing docker.io"
if [ -n "$missing" ]; then
    say "installing$missing"
    export DEBIAN_FRONTEND=noninteractive
    # Service starts are refused while installing: there may be no init, and the engine is started below.
    policy=/usr/sbin/policy-rc.d
    [ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod 755 "$policy"; made_policy=1; }
    apt-get update -qq
    # shellcheck disable=SC2086 # a list of packages
    apt-get install -y -qq --no-install-recommends $missing iptables ca-certificates >/dev/null
    [ -z "${made_policy:-}" ] || rm -f "$policy"
else
    say "bubblewrap and docker.io are installed"
fi

# gVisor is the level vm of the sandbox; without it that level is refused, and all else works.
if ! command -v runsc >/dev/null; then
    say "installing runsc"
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends runsc; } >/dev/null 2>&1 ||
        say "there is no package runsc: no level vm"
fi

# Registers runsc in the engine's configuration and keeps what else stands there; says whether it changed anything.
register_runsc() {
    command -v runsc >/dev/null && command -v python3 >/dev/null || return 1
    python3 - "$configuration" "$(command -v runsc)" <<'END'
import json, pathlib, sys

place, program = pathlib.Path(sys.argv[1]), sys.argv[2]
wanted = {
    "path": program,
    "runtimeArgs": ["--network=none", "--host-uds=open", "--host-fifo=open"],
}
settings = json.loads(place.read_text()) if place.exists() else {}
if settings.get("runtimes", {}).get("runsc") == wanted:
    sys.exit(1)
settings.setdefault("runtimes", {})["runsc"] = wanted
place.parent.mkdir(parents=True, exist_ok=True)
place.write_text(json.dumps(settings, indent=2) + "\n")
END
}

knows_runsc() { docker info --format '{{range $name, $_ := .Runtimes}}{{$name}} {{end}}' | grep -qw runsc; }

# A running engine reads its runtimes anew on SIGHUP; its containers go on.
reload() {
    pid=$(cat "$pid_file" 2>/dev/null) && kill -HUP "$pid" || return 0
    for _ in $(seq 20); do
        if knows_runsc; then
            say "the engine knows runsc now"
            return 0
        fi
        sleep 0.25
    done
    say "the engine did not take up runsc: restart it for the level vm"
}

mount_cgroups() {
    # An engine needs a cgroup hierarchy; where nothing has mounted one, mount version 2, else the controllers of version 1.
    if mountpoint -q /sys/fs/cgroup && [ -n "$(ls /sys/fs/cgroup)" ]; then
        return
    fi
    if mount -t cgroup2 none /sys/fs/cgroup 2>/dev/null && grep -q memory /sys/fs/cgroup/cgroup.controllers; then
        say "mounted cgroup version 2"
        return
    fi
    umount /sys/fs/cgroup 2>/dev/null || true
    mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup
    awk 'NR > 1 && $4 == 1 { print $1 }' /proc/cgroups | while read -r controller; do
        mkdir -p "/sys/fs/cgroup/$controller"
        mount -t cgroup -o "$controller" cgroup "/sys/fs/cgroup/$controller" || rmdir "/sys/fs/cgroup/$controller"
    done
    say "mounted cgroup version 1"
}

# Starts an engine with the given options and waits until it answers; fails when it dies or stays silent.
start() {
    rm -f "$pid_file"
    nohup dockerd "$@" >"$log" 2>&1 &
    pid=$!
    for _ in $(seq 60); do
        if answers; then return 0; fi
        if ! kill -0 "$pid" 2>/dev/null; then return 1; fi
        sleep 0.5
    done
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    return 1
}

changed=""
register_runsc && changed=1
if answers; then
    say "an engine already answers"
    [ -z "$changed" ] || reload
else
    mount_cgroups
    # In order: as it comes; without the overlay file system; without the right to change the firewall.
    if start; then
        say "started dockerd"
    elif start --storage-driver vfs; then
        say "started dockerd on vfs"
    elif start --storage-driver vfs --bridge none --iptables=false --ip6tables=false; then
        say "started dockerd on vfs without a network of its own"
    else
        say "no engine could be started; its last words:" >&2
        tail -n 20 "$log" >&2
        exit 1
    fi
fi

say "$(bwrap --version); Docker engine $(docker version --format '{{.Server.Version}}'), \
$(docker info --format '{{.Driver}}, cgroup version {{.CgroupVersion}}, runtimes {{range $name, $_ := .Runtimes}}{{$name}} {{end}}')"
