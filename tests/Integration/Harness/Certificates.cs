using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Reversals.Tests.Integration.Harness;

/// <summary>An authority that issues certificates of servers, and the file a worker knows it by.</summary>
sealed class Authority : IAsyncDisposable
{
    readonly X509Certificate2 _own;

    internal Authority()
    {
        var request = Request("Test Authority");
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(
            certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0,
            critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        _own = request.CreateSelfSigned(Begin, End);
        File = Path.GetTempFileName();
        System.IO.File.WriteAllText(File, _own.ExportCertificatePem());
    }

    internal byte[] Certificate => _own.RawData;

    /// <summary>Its certificate as PEM.</summary>
    internal string File { get; }

    static DateTimeOffset Begin => TimeProvider.System.GetUtcNow().AddDays(-1);

    static DateTimeOffset End => TimeProvider.System.GetUtcNow().AddDays(1);

    public ValueTask DisposeAsync()
    {
        System.IO.File.Delete(File);
        _own.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>A certificate for a server of this name.</summary>
    internal X509Certificate2 Issue(string host)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = ForServer(host, key).Create(_own, Begin, End.AddMinutes(-1), [1, 2, 3, 4]);
        return certificate.CopyWithPrivateKey(key);
    }

    /// <summary>A certificate of a client of this name, and its key.</summary>
    internal PemFiles IssueToClient(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(
            [new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
        using var certificate = request.Create(_own, Begin, End.AddMinutes(-1), [1, 2, 3, 5]);
        return new PemFiles(certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>A certificate that only its own server vouches for.</summary>
    internal static X509Certificate2 SelfSigned(string host)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return ForServer(host, key).CreateSelfSigned(Begin, End);
    }

    static CertificateRequest Request(string name) =>
        new($"CN={name}", ECDsa.Create(ECCurve.NamedCurves.nistP256), HashAlgorithmName.SHA256);

    static CertificateRequest ForServer(string host, ECDsa key)
    {
        var request = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(
            [new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        return request;
    }
}

/// <summary>A certificate and its key in files, as a worker gets them.</summary>
sealed class PemFiles : IDisposable
{
    internal PemFiles(string certificate, string key)
    {
        System.IO.File.WriteAllText(Certificate, certificate);
        System.IO.File.WriteAllText(Key, key);
    }

    internal string Certificate { get; } = Path.GetTempFileName();
    internal string Key { get; } = Path.GetTempFileName();

    public void Dispose()
    {
        System.IO.File.Delete(Certificate);
        System.IO.File.Delete(Key);
    }
}
