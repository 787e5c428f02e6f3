# shellcheck shell=bash disable=SC2154 # names are shared with ../platform.sh
# Both ways to an image lead to the same: deploy/Dockerfile, which tests/compose.sh builds, and PublishContainer.

sources=$state/sources

image_of() { # PROJECT NAME
    local archive=$state/images/$2.tar.gz base=127.0.0.1:$registry_port
    servers_step "making the image of $2" "$log" env DOTNET_CONTAINER_INSECURE_REGISTRIES="$base" \
        dotnet publish "$sources/src/$1" -c Release -t:PublishContainer -nologo -v q --disable-build-servers \
        -p:RestoreLockedMode=true -p:RunAnalyzers=false -p:ContainerBaseImage="$base/empty:1" \
        -p:ContainerRuntimeIdentifier=linux-x64 -p:ContainerArchiveOutputPath="$archive" || { tail -n 5 "$log"; return 1; }
    mkdir -p "$state/images/$2" && tar -xf "$archive" -C "$state/images/$2"
}

configured() { # NAME DOCKERFILE
    node "$here/Platform/image.mjs" "$state/images/$1" "$2" "${1#reversal-}" "$state/images/$1-files"
}

# What the Dockerfile copies into /app.
published() { # PROJECT NAME
    servers_step "publishing $2" "$log" dotnet publish "$sources/src/$1" -c Release -o "$state/images/$2-published" -nologo -v q \
        --disable-build-servers -p:RestoreLockedMode=true -p:RunAnalyzers=false || { tail -n 5 "$log"; return 1; }
}

check_image() {
    local project name mistake
    command -v node >/dev/null || servers_install "$log" nodejs || { failed=$((failed + 1)); return 0; }
    mkdir -p "$state/images"
    lay_sources "$sources" || { failed=$((failed + 1)); return 0; }
    servers_spawn "$state/registry" node "$here/Platform/registry.mjs"
    registry=$servers_pid
    servers_await 'starting a registry' 20 "$registry" test -s "$state/registry" || true
    registry_port=$(<"$state/registry")
    for project in Worker Gateway; do
        name=reversal-${project,,}
        fact "$name becomes an image without an engine" image_of $project "$name"
        fact "the image of $name is configured as by deploy/Dockerfile" configured "$name" "$servers_root/deploy/Dockerfile"
        fact "$name is published" published $project "$name"
        fact "the image of $name has the same files" diff -r "$state/images/$name-published" "$state/images/$name-files/app"
        servers_say "- $name: $(du -sk --apparent-size "$state/images/$name-files/app" | cut -f1) KiB on top of the base image, $(
            stat -c %s "$state/images/$name.tar.gz" | awk '{ printf "%d", $1 / 1024 }') KiB packed"
    done
    servers_stop "$registry" 5
    registry=''
    for mistake in 's/USER 1654:1654/USER root/' 's/CMD \["run"\]/CMD ["check"]/' 's/0x4000000/0x8000000/' 's/EXPOSE 8080/EXPOSE 8081/' \
        's/="Reversal worker"/="Worker"/' 's/WORKDIR .app/WORKDIR \/srv/' 's/ENTRYPOINT .*worker"\]/ENTRYPOINT ["\/app\/worker"]/'; do
        sed "$mistake" "$servers_root/deploy/Dockerfile" >"$state/Dockerfile"
        fact "planted, and found: $mistake" not configured reversal-worker "$state/Dockerfile"
    done
    rm "$state/images/reversal-worker-published/Npgsql.dll"
    fact 'planted, and found: a file is missing' not diff -rq "$state/images/reversal-worker-published" "$state/images/reversal-worker-files/app"
}
