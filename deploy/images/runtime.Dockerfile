# ASP.NET Core's runtime and what it loads, nothing else: as in the chiseled image, no shell and no package manager.
FROM reversal-stand-in/debian:13 AS parts
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates libssl3t64 libstdc++6
WORKDIR /parts
RUN mkdir -p etc tmp usr/bin usr/lib usr/lib64 usr/share home \
    && cp -a /bin /lib /lib64 . \
    && cp -aL --parents /usr/lib64/ld-linux-* . \
    && for name in c m dl pthread rt gcc_s 'stdc++' ssl crypto z zstd; do \
         cp -aL --parents /usr/lib/*-linux-gnu/lib$name.so.? .; done \
    && cp -a --parents /etc/ssl /etc/nsswitch.conf /usr/lib/ssl /usr/share/ca-certificates . \
    && printf 'root:x:0:0:root:/root:\napp:x:1654:1654:app:/home/app:\n' >etc/passwd \
    && printf 'root:x:0:\napp:x:1654:\n' >etc/group \
    && install -d -o 1654 -g 1654 home/app \
    && chmod 1777 tmp \
    && ln -s ../share/dotnet/dotnet usr/bin/dotnet

FROM scratch
COPY --from=parts /parts /
COPY dotnet /usr/share/dotnet
USER 1654:1654
