# The .NET SDK of this machine, with the packages that the worker is built from: the build needs no network.
FROM reversal-stand-in/debian:13
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libssl3t64 libstdc++6 \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb \
    && ln -s ../share/dotnet/dotnet /usr/bin/dotnet
COPY dotnet /usr/share/dotnet
COPY packages /packages
# Nothing here speaks languages, and the audit of packages would ask for the advisory list.
ENV NUGET_PACKAGES=/packages NuGetAudit=false DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 \
    DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
